#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A Corefile, read as CoreDNS reads it: what a token, a comment, a block and a line is.

namespace mesh::dns {

struct Token {
  std::string text;  ///< without its quotes
  int line = 0;      ///< from 1
};

/// A comment, with its place in the text.
struct Comment {
  std::string text;  ///< from "#" to the end of its line, without trailing blanks
  int line = 0;
  std::size_t line_begin = 0;  ///< offset at which its line begins
  std::size_t end = 0;         ///< offset behind its line's end
  bool alone = false;          ///< nothing else stands on its line
};

/// A plugin's line in a server block, with what its braces hold.
struct Directive {
  std::vector<Token> tokens;  ///< its name first
};

struct ServerBlock {
  std::vector<Token> keys;  ///< "." ".:53" "dns://global:53"; of a snippet "(name)"
  bool snippet = false;
  bool braces = true;
  std::vector<Directive> directives;
};

struct Corefile {
  std::vector<ServerBlock> blocks;
  std::vector<Token> imports;  ///< what is imported outside of all blocks: "custom/*.server"
  std::vector<Comment> comments;
};

/// Throws Failure("invalid-input") on what CoreDNS itself would refuse; the message names the line.
Corefile parse_corefile(std::string_view text);

/// A key's parts. A zone is in small letters, without the dot at its end ("." for the root).
struct ZoneKey {
  std::string scheme = "dns";
  std::string zone;
  std::string port;       ///< empty: the server's default
  bool variable = false;  ///< it holds an environment variable: nobody knows here what it is
};
ZoneKey parse_key(const std::string& key);

/// Where a zone is served already.
struct Served {
  int line = 0;
  std::string by;  ///< the line's words: "global:53", "forward global 10.0.0.1"
};
/// A server block of that very zone, or a plugin inside of any block that is told to serve it.
std::optional<Served> find_zone(const Corefile& file, const std::string& zone);
/// Zones below it that others serve: names in them would not be asked from us.
std::vector<Served> find_below(const Corefile& file, const std::string& zone);
/// Keys with environment variables, which may be any zone.
std::vector<Served> find_variables(const Corefile& file);

/// The block that serves everything else; null if there is none.
const ServerBlock* root_block(const Corefile& file);
/// The port of that block: empty if its key has none, "53" if there is no such block.
std::string root_port(const Corefile& file);
const Directive* find_directive(const ServerBlock& block, std::string_view plugin);
/// Some block has that plugin.
bool has_plugin(const Corefile& file, std::string_view plugin);
/// The cluster's domain as the plugin `kubernetes` has it; "cluster.local" if it does not say.
std::string cluster_domain(const Corefile& file);

}  // namespace mesh::dns
