#include "run/cluster_names.hpp"

#include <algorithm>
#include <map>

#include "base/digest.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_name_max = 63;
constexpr std::size_t k_mark_size = 6;

/// The words at the end that fit, which tell clusters of one provider apart better than the first.
std::string last_words(const std::string& name, std::size_t size) {
  if (name.size() <= size) return name;
  const std::string end = name.substr(name.size() - size);
  const bool cuts_word = name[name.size() - size - 1] != '-' && end.front() != '-';
  const std::size_t dash = end.find('-');
  return cuts_word && dash != std::string::npos ? end.substr(dash + 1) : end;
}

/// A name that no other context gets.
std::string own_name(const std::string& name, const std::string& context) {
  const std::string mark = "-" + sha256_hex(context).substr(0, k_mark_size);
  std::string words = last_words(name, k_name_max - mark.size());
  words.erase(0, std::min(words.size(), words.find_first_not_of('-')));
  return words + mark;
}

}  // namespace

std::vector<std::string> default_cluster_names(const std::vector<std::string>& contexts) {
  std::map<std::string, int> count;
  for (const std::string& context : contexts) ++count[default_cluster_name(context)];
  std::vector<std::string> names;
  for (const std::string& context : contexts) {
    const std::string name = default_cluster_name(context);
    names.push_back(count[name] > 1 && name != context ? own_name(name, context) : name);
  }
  return names;
}

std::string default_cluster_name(const std::string& context) {
  std::string name;
  for (const char letter : context) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    const bool capital = letter >= 'A' && letter <= 'Z';
    name += plain ? letter : capital ? static_cast<char>(letter - 'A' + 'a') : '-';
  }
  name.erase(0, name.find_first_not_of('-'));
  name.erase(name.find_last_not_of('-') + 1);
  if (name.size() > k_name_max) return own_name(name, context);
  return name.empty() ? "cluster" : name;
}

}  // namespace mesh
