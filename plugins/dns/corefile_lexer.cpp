#include "corefile_lexer.hpp"

namespace mesh::dns {

namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// As CoreDNS's own lexer does it: quotes only at the start of a token, where `\"` is a quote; a
/// "#" begins a comment even inside of a word; a carriage return is nothing at all.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : m_text(text) {
    if (m_text.starts_with("\xEF\xBB\xBF")) m_at = 3;
  }

  Lexed all() {
    while (m_at < m_text.size()) step();
    end_token();
    return std::move(m_lexed);
  }

 private:
  void step() {
    const char c = m_text[m_at];
    if (c == '\r') {
      ++m_at;
    } else if (is_space(c)) {
      end_token();
      ++m_at;
      if (c == '\n') next_line();
    } else if (c == '#') {
      comment();
    } else if (c == '"' && m_value.empty()) {
      quoted();
    } else {
      if (m_value.empty()) m_token_line = m_line;
      m_value.push_back(c);
      ++m_at;
    }
  }

  void next_line() {
    ++m_line;
    m_line_begin = m_at;
    m_line_used = false;
  }

  void end_token() {
    if (m_value.empty()) return;
    add(std::move(m_value), m_token_line);
    m_value.clear();
  }

  void add(std::string text, int line) {
    m_lexed.tokens.push_back({std::move(text), line});
    m_line_used = true;
  }

  void comment() {
    const std::size_t newline = m_text.find('\n', m_at);
    const std::size_t stop = newline == std::string_view::npos ? m_text.size() : newline;
    std::string text(m_text.substr(m_at, stop - m_at));
    while (!text.empty() && is_space(text.back())) text.pop_back();
    m_lexed.comments.push_back({.text = std::move(text),
                                .line = m_line,
                                .line_begin = m_line_begin,
                                .end = newline == std::string_view::npos ? stop : newline + 1,
                                .alone = !m_line_used && m_value.empty()});
    m_at = stop;  // the line's end ends a word before the comment, too
  }

  void quoted() {
    const int line = m_line;
    std::string value;
    bool escaped = false;
    for (++m_at; m_at < m_text.size(); ++m_at) {
      const char c = m_text[m_at];
      if (!escaped && c == '\\') {
        escaped = true;
        continue;
      }
      if (!escaped && c == '"') break;
      if (escaped && c != '"') value.push_back('\\');
      escaped = false;
      value.push_back(c);
      if (c != '\n') continue;
      ++m_line;
      m_line_begin = m_at + 1;
    }
    if (m_at < m_text.size()) {
      ++m_at;
    } else {
      m_lexed.open_quote = line;
    }
    add(std::move(value), line);
  }

  std::string_view m_text;
  std::size_t m_at = 0;
  int m_line = 1;
  std::size_t m_line_begin = 0;
  bool m_line_used = false;
  std::string m_value;
  int m_token_line = 1;
  Lexed m_lexed;
};

}  // namespace

Lexed lex_corefile(std::string_view text) {
  return Lexer(text).all();
}

}  // namespace mesh::dns
