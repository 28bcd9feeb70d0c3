#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "patience_support.hpp"
#include <catch2/catch.hpp>

#include "mesh/problem.hpp"

namespace mesh::test {

// Everything that parses bytes of others gets bytes that nobody would send: seeds that are cut,
// repeated, mixed and changed. The same ones in every run. MESH_FUZZ_ROUNDS asks for more of them.

inline std::string shown_bytes(const std::string& bytes) {
  static constexpr const char* k_digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char c : bytes.substr(0, 2000)) {
    if (c >= ' ' && c < 127 && c != '\\') {
      text.push_back(static_cast<char>(c));
    } else {
      text += {'\\', 'x', k_digits[c >> 4U], k_digits[c & 15U]};
    }
  }
  return text;
}

class Mutations {
 public:
  explicit Mutations(std::vector<std::string> seeds) : m_seeds(std::move(seeds)) {}

  std::string next() {
    std::string bytes = any_seed();
    for (std::size_t times = 1 + below(4); times > 0; --times) change(bytes);
    return bytes.substr(0, k_most);
  }

 private:
  static constexpr std::size_t k_most = std::size_t{64} << 10U;

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : m_random() % limit; }
  const std::string& any_seed() { return m_seeds[below(m_seeds.size())]; }
  std::string part_of(const std::string& bytes) {
    const std::size_t begin = below(bytes.size());
    return bytes.substr(begin, 1 + below(bytes.size() - begin));
  }
  void change(std::string& bytes) {
    static const std::vector<std::string> odd{std::string(1, '\0'),
                                              "\xff\xfe",
                                              "\xc3",
                                              "\x1b[2J",
                                              "{",
                                              "[",
                                              "\"",
                                              "\n",
                                              "\r\n",
                                              "-1",
                                              "1e999",
                                              "99999999999999999999",
                                              "null",
                                              "\t",
                                              "\\u0000",
                                              "~1"};
    const std::size_t at = below(bytes.size() + 1);
    switch (below(7)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.erase(0, at);
        break;
      case 2:
        if (at < bytes.size()) bytes[at] = static_cast<char>(m_random());
        break;
      case 3:
        bytes.insert(at, odd[below(odd.size())]);
        break;
      case 4:
        bytes.insert(at, part_of(any_seed()));
        break;
      case 5:
        if (at < bytes.size()) bytes.erase(at, 1 + below(8));
        break;
      default: {
        const std::string part = part_of(bytes).substr(0, 64);
        std::string many;
        for (std::size_t times = 1 + below(1U << below(12)); times > 0 && many.size() < k_most;
             --times)
          many += part;
        bytes.insert(at, many);
      }
    }
  }

  std::vector<std::string> m_seeds;
  std::mt19937 m_random{20261201};  // the same in every run
};

/// `parse` answers, or throws a Failure, for all of them; none takes seconds of the processor.
inline void survives(const std::vector<std::string>& seeds,
                     const std::function<void(const std::string&)>& parse) {
  const char* wanted = std::getenv("MESH_FUZZ_ROUNDS");
  const long rounds = wanted == nullptr ? 2000 : std::atol(wanted);
  Mutations mutations(seeds);
  for (long round = 0; round < rounds; ++round) {
    const std::string bytes = round < static_cast<long>(seeds.size())
                                  ? seeds[static_cast<std::size_t>(round)]
                                  : mutations.next();
    const double begun = cpu_seconds();
    try {
      parse(bytes);
    } catch (const Failure&) {
      // Refused: as it should be.
    } catch (const std::exception& error) {
      FAIL(error.what() << " for " << shown_bytes(bytes));
    }
    if (cpu_seconds() - begun > 5) FAIL("seconds for " << shown_bytes(bytes));
  }
  SUCCEED();
}

}  // namespace mesh::test
