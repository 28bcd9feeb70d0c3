#include "corefile.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "corefile_lexer.hpp"

#include "mesh/problem.hpp"

namespace mesh::dns {

namespace {

[[noreturn]] void refuse_line(int line, const std::string& what) {
  throw Failure("invalid-input", "line " + std::to_string(line) + ": " + what,
                "CoreDNS would refuse it, too: repair it first");
}

/// The line on which a token ends: one in quotes may hold line ends.
int last_line(const Token& token) {
  return token.line + static_cast<int>(std::count(token.text.begin(), token.text.end(), '\n'));
}

class Parser {
 public:
  explicit Parser(Lexed lexed) : m_tokens(std::move(lexed.tokens)) {
    if (lexed.open_quote > 0) refuse_line(lexed.open_quote, "a quote that does not end");
    m_file.comments = std::move(lexed.comments);
  }

  Corefile all() {
    while (m_at < m_tokens.size()) block();
    return std::move(m_file);
  }

 private:
  bool ended() const { return m_at >= m_tokens.size(); }
  const Token& now() const { return m_tokens[m_at]; }
  int end_line() const { return m_tokens.empty() ? 1 : last_line(m_tokens.back()); }

  /// The token is the first of its line.
  bool on_new_line(std::size_t at) const {
    return at == 0 || last_line(m_tokens[at - 1]) < m_tokens[at].line;
  }

  Token import_argument() {
    const Token word = m_tokens[m_at++];
    if (ended() || on_new_line(m_at)) refuse_line(word.line, "import of nothing");
    return m_tokens[m_at++];
  }

  void block() {
    ServerBlock block;
    if (!keys(block)) return;
    block.snippet = block.keys.size() == 1 && block.keys.front().text.size() > 2 &&
                    block.keys.front().text.starts_with('(') &&
                    block.keys.front().text.ends_with(')');
    block.braces = !ended() && now().text == "{";
    if (block.braces) ++m_at;
    if (block.snippet && !block.braces)
      refuse_line(block.keys.front().line,
                  "the snippet " + block.keys.front().text + " has no braces");
    while (!ended() && now().text != "}") directive(block);
    if (block.braces) {
      if (ended()) refuse_line(end_line(), "a brace is missing at the end");
      ++m_at;
    } else if (!ended()) {
      refuse_line(now().line, "a closing brace without an opening one");
    }
    m_file.blocks.push_back(std::move(block));
  }

  /// False if there was no block, but imports at most.
  bool keys(ServerBlock& block) {
    bool another = false;
    while (!ended()) {
      if (now().text == "import" && on_new_line(m_at)) {
        if (!block.keys.empty() && !another) break;
        m_file.imports.push_back(import_argument());
        if (!another && (ended() || on_new_line(m_at)) && block.keys.empty()) return false;
        continue;
      }
      if (now().text == "{") break;
      if (now().text == "}") refuse_line(now().line, "a closing brace without an opening one");
      Token key = m_tokens[m_at++];
      another = key.text.ends_with(',');
      if (another) key.text.pop_back();
      if (!key.text.empty()) block.keys.push_back(std::move(key));
      if (!another && !ended() && on_new_line(m_at) && now().text != "{") break;
    }
    if (another) refuse_line(ended() ? end_line() : now().line, "a zone is missing behind a comma");
    if (block.keys.empty() && !ended()) refuse_line(now().line, "a server block without a zone");
    return !block.keys.empty();
  }

  void directive(ServerBlock& block) {
    Directive directive;
    const int first = now().line;
    int depth = 0;
    directive.tokens.push_back(m_tokens[m_at++]);
    while (!ended()) {
      if (now().text == "{") {
        ++depth;
      } else if (depth == 0 && on_new_line(m_at)) {
        break;
      } else if (now().text == "}") {
        if (depth == 0) refuse_line(now().line, "a closing brace without an opening one");
        --depth;
      }
      directive.tokens.push_back(m_tokens[m_at++]);
    }
    if (depth > 0)
      refuse_line(first, "the braces of " + directive.tokens.front().text + " do not end");
    block.directives.push_back(std::move(directive));
  }

  std::vector<Token> m_tokens;
  std::size_t m_at = 0;
  Corefile m_file;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string words_of(const Directive& directive) {
  std::string words;
  for (const Token& token : directive.tokens) {
    if (token.line != directive.tokens.front().line || token.text == "{") break;
    words += (words.empty() ? "" : " ") + token.text;
  }
  return words;
}

// Plugins whose arguments are zones that they look at, and no zones that they serve.
constexpr std::array<std::string_view, 7> k_observers{"import", "log",      "cache",     "errors",
                                                      "acl",    "metadata", "prometheus"};

/// A plugin's argument that means the zone: "global", "global.", ".global".
bool means_zone(const std::string& argument, const std::string& zone) {
  std::string text = lower(argument);
  while (text.ends_with('.')) text.pop_back();
  while (text.starts_with('.')) text.erase(0, 1);
  return text == zone;
}

/// Where a plugin's line says that it serves the zone.
std::optional<Served> served_by(const Directive& directive, const std::string& zone) {
  const auto& tokens = directive.tokens;
  if (std::find(k_observers.begin(), k_observers.end(), tokens.front().text) != k_observers.end())
    return std::nullopt;
  for (std::size_t at = 1; at < tokens.size(); ++at) {
    if (tokens[at - 1].text != "except" && means_zone(tokens[at].text, zone))
      return Served{tokens[at].line, words_of(directive)};
  }
  return std::nullopt;
}

template <typename Wanted>
std::vector<Served> served_keys(const Corefile& file, const Wanted& wanted) {
  std::vector<Served> found;
  for (const ServerBlock& block : file.blocks) {
    if (block.snippet) continue;
    for (const Token& key : block.keys) {
      if (wanted(parse_key(key.text))) found.push_back({key.line, key.text});
    }
  }
  return found;
}

}  // namespace

Corefile parse_corefile(std::string_view text) {
  return Parser(lex_corefile(text)).all();
}

ZoneKey parse_key(const std::string& key) {
  ZoneKey parts;
  parts.variable = key.find("{$") != std::string::npos || key.find("{%") != std::string::npos;
  std::string rest = lower(key);
  const std::size_t scheme = rest.find("://");
  if (scheme != std::string::npos) {
    parts.scheme = rest.substr(0, scheme);
    rest.erase(0, scheme + 3);
  }
  const std::size_t colon = rest.rfind(':');
  const bool port = colon != std::string::npos &&
                    rest.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (port && !parts.variable) {
    parts.port = rest.substr(colon + 1);
    rest.erase(colon);
  }
  while (rest.size() > 1 && rest.ends_with('.')) rest.pop_back();
  parts.zone = rest.empty() ? "." : rest;
  return parts;
}

std::optional<Served> find_zone(const Corefile& file, const std::string& zone) {
  const auto keys = served_keys(file, [&](const ZoneKey& key) { return key.zone == zone; });
  if (!keys.empty()) return keys.front();
  for (const ServerBlock& block : file.blocks) {
    for (const Directive& directive : block.directives) {
      if (auto served = served_by(directive, zone)) return served;
    }
  }
  return std::nullopt;
}

std::vector<Served> find_below(const Corefile& file, const std::string& zone) {
  return served_keys(file, [&](const ZoneKey& key) { return key.zone.ends_with("." + zone); });
}

std::vector<Served> find_variables(const Corefile& file) {
  return served_keys(file, [](const ZoneKey& key) { return key.variable; });
}

const ServerBlock* root_block(const Corefile& file) {
  const auto is_root = [](const ServerBlock& block) {
    return !block.snippet &&
           std::any_of(block.keys.begin(), block.keys.end(), [](const Token& token) {
             const ZoneKey key = parse_key(token.text);
             return key.zone == "." && key.scheme == "dns";
           });
  };
  const auto root = std::find_if(file.blocks.begin(), file.blocks.end(), is_root);
  return root == file.blocks.end() ? nullptr : &*root;
}

std::string root_port(const Corefile& file) {
  const ServerBlock* root = root_block(file);
  if (root == nullptr) return "53";
  for (const Token& token : root->keys) {
    const ZoneKey key = parse_key(token.text);
    if (key.zone == "." && key.scheme == "dns") return key.port;
  }
  return {};
}

const Directive* find_directive(const ServerBlock& block, std::string_view plugin) {
  const auto row = std::find_if(
      block.directives.begin(), block.directives.end(),
      [&](const Directive& directive) { return directive.tokens.front().text == plugin; });
  return row == block.directives.end() ? nullptr : &*row;
}

bool has_plugin(const Corefile& file, std::string_view plugin) {
  return std::any_of(file.blocks.begin(), file.blocks.end(), [&](const ServerBlock& block) {
    return find_directive(block, plugin) != nullptr;
  });
}

std::string cluster_domain(const Corefile& file) {
  for (const ServerBlock& block : file.blocks) {
    const Directive* plugin = find_directive(block, "kubernetes");
    if (plugin == nullptr || plugin->tokens.size() < 2) continue;
    const Token& zone = plugin->tokens[1];
    const bool plain = zone.line == plugin->tokens.front().line && zone.text != "{" &&
                       zone.text.find('/') == std::string::npos &&
                       zone.text.find("{$") == std::string::npos && zone.text != ".";
    if (plain) return parse_key(zone.text).zone;
  }
  return "cluster.local";
}

}  // namespace mesh::dns
