#include "loadable.hpp"

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "corefile.hpp"
#include "facts.hpp"
#include "look_up.hpp"
#include "strategies.hpp"

#include "mesh/problem.hpp"

namespace mesh::dns {

namespace {

// Plugins that end CoreDNS where they stand twice in a block, tried with CoreDNS 1.14.
constexpr std::array<std::string_view, 7> k_once{"errors", "ready", "kubernetes", "prometheus",
                                                 "cache",  "loop",  "hosts"};

/// A plugin's line, with what it is a line of: "key corp.server of ConfigMap ...".
struct Line {
  std::string where;
  Directive directive;
};

/// A server block with what it imports.
struct Loaded {
  std::string where;
  std::vector<Token> keys;
  std::vector<Line> lines;
  bool is_whole = true;  ///< all that it imports is known
};

std::string at_line(const std::string& where, int line) {
  return where + ", line " + std::to_string(line);
}

/// The part of a pattern that names keys: of "custom/*.server" it is "*.server".
bool is_imported_by(const std::string& pattern, const std::string& key) {
  const std::size_t slash = pattern.rfind('/');
  return slash != std::string::npos &&
         fnmatch(pattern.substr(slash + 1).c_str(), key.c_str(), FNM_PERIOD) == 0;
}

/// "dns://global:53", as CoreDNS compares them (core/dnsserver/address.go).
std::string identity_of(const ZoneKey& key) {
  static const std::map<std::string, std::string> k_ports{
      {"dns", "53"}, {"tls", "853"}, {"grpc", "443"}, {"https", "443"}, {"quic", "853"}};
  const auto port = k_ports.find(key.scheme);
  const std::string fallback = port == k_ports.end() ? "" : port->second;
  return key.scheme + "://" + key.zone + ":" + (key.port.empty() ? fallback : key.port);
}

/// The Corefile and what it imports of the ConfigMap, as CoreDNS puts them together.
class Loading {
 public:
  Loading(const DnsRequest& request, std::string left_out)
      : m_config(object_in(request, "config")),
        m_custom(object_in(request, "custom")),
        m_left_out(std::move(left_out)) {}

  std::optional<std::string> fault() {
    try {
      read();
    } catch (const Failure& failure) {
      return m_reading + ", " + failure.problem().message;
    }
    for (const Loaded& block : m_blocks) {
      if (auto twice = plugin_twice(block)) return twice;
    }
    return zone_twice();
  }

 private:
  void read() {
    m_reading = object_name(m_config);
    const Corefile main = parse_corefile(text_at(m_config, "/data/Corefile"));
    for (const ServerBlock& block : main.blocks) {
      if (block.snippet) m_snippets[block.keys.front().text] = {m_reading, block};
    }
    take(m_reading, main);
    for (const Token& import : main.imports) {
      for (const auto& [key, text] : keys_of(import.text)) {
        m_reading = place_of(key);
        take(m_reading, parse_corefile(text));
      }
    }
  }

  void take(const std::string& where, const Corefile& file) {
    for (const ServerBlock& block : file.blocks) {
      if (block.snippet) continue;
      Loaded loaded{.where = where, .keys = block.keys, .lines = {}};
      add(loaded, where, block);
      m_blocks.push_back(std::move(loaded));
    }
  }

  void add(Loaded& loaded, const std::string& where, const ServerBlock& block,
           bool nested = false) {
    for (const Directive& directive : block.directives) {
      if (directive.tokens.front().text != "import") {
        loaded.lines.push_back({where, directive});
      } else if (nested || directive.tokens.size() < 2) {
        loaded.is_whole = false;
      } else {
        add_import(loaded, directive.tokens[1].text);
      }
    }
  }

  void add_import(Loaded& loaded, const std::string& what) {
    const auto snippet = m_snippets.find("(" + what + ")");
    if (snippet != m_snippets.end()) {
      add(loaded, snippet->second.first, snippet->second.second, true);
      return;
    }
    const bool is_known = !m_custom.is_null() && what.find('/') != std::string::npos;
    loaded.is_whole = loaded.is_whole && is_known;
    for (const auto& [key, text] : keys_of(what)) {
      const std::string before = std::exchange(m_reading, place_of(key));
      // The inside of a block, whose lines keep their numbers.
      const Corefile inside = parse_corefile(". { " + text + (text.ends_with('\n') ? "}" : "\n}"));
      for (const ServerBlock& block : inside.blocks) add(loaded, m_reading, block, true);
      m_reading = before;
    }
  }

  std::map<std::string, std::string> keys_of(const std::string& pattern) const {
    std::map<std::string, std::string> keys;
    for (const auto& [key, value] : at(m_custom, "/data").items()) {
      if (key != m_left_out && value.is_string() && is_imported_by(pattern, key))
        keys[key] = value.get<std::string>();
    }
    return keys;
  }

  std::string place_of(const std::string& key) const {
    return "key " + key + " of " + object_name(m_custom);
  }

  static std::optional<std::string> plugin_twice(const Loaded& block) {
    std::map<std::string, std::string> seen;
    for (const Line& line : block.lines) {
      const Token& name = line.directive.tokens.front();
      const std::string place = at_line(line.where, name.line);
      const auto [first, fresh] = seen.try_emplace(name.text, place);
      if (!fresh && std::find(k_once.begin(), k_once.end(), name.text) != k_once.end())
        return place + ": the plugin " + name.text + " is in the same server block already (" +
               first->second + ")";
    }
    return std::nullopt;
  }

  /// With a `bind` or a `view` a zone may stand twice.
  static bool may_repeat(const Loaded& block) {
    return !block.is_whole ||
           std::any_of(block.lines.begin(), block.lines.end(), [](const Line& line) {
             const std::string& plugin = line.directive.tokens.front().text;
             return plugin == "bind" || plugin == "view";
           });
  }

  std::optional<std::string> zone_twice() const {
    std::map<std::string, std::string> seen;
    for (const Loaded& block : m_blocks) {
      if (may_repeat(block)) continue;
      for (const Token& token : block.keys) {
        const ZoneKey key = parse_key(token.text);
        if (key.variable) continue;
        const std::string place = at_line(block.where, token.line);
        const auto [first, fresh] = seen.try_emplace(identity_of(key), place);
        if (!fresh) return place + ": " + token.text + " is served already (" + first->second + ")";
      }
    }
    return std::nullopt;
  }

  const Json& m_config;
  const Json& m_custom;
  std::string m_left_out;
  std::string m_reading;  ///< what is being parsed
  std::map<std::string, std::pair<std::string, ServerBlock>> m_snippets;
  std::vector<Loaded> m_blocks;
};

}  // namespace

Problem unloadable(const DnsRequest& request, const std::string& fault) {
  return refusal(request, object_in(request, "config"), fault + ": CoreDNS does not start with it",
                 "repair it or take it out, then run the same command again; the pods that run "
                 "keep the configuration before");
}

std::optional<std::string> load_fault(const DnsRequest& request, const std::string& left_out) {
  return Loading(request, left_out).fault();
}

}  // namespace mesh::dns
