#pragma once

#include "corefile.hpp"

namespace mesh::dns {

struct Lexed {
  std::vector<Token> tokens;
  std::vector<Comment> comments;
  int open_quote = 0;  ///< line of a quote that does not end; 0: all end
};

Lexed lex_corefile(std::string_view text);

}  // namespace mesh::dns
