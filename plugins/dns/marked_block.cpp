#include "marked_block.hpp"

#include "corefile_lexer.hpp"

#include "mesh/problem.hpp"

namespace mesh::dns {

namespace {

[[noreturn]] void refuse_marks(int line) {
  throw Failure("refused",
                "line " + std::to_string(line) +
                    " of the Corefile: the marks of kubectl-mesh's block do not fit together",
                "put \"" + std::string(k_block_begin) + "\" and \"" + k_block_end +
                    "\" right, once each, or take the block out by hand");
}

/// Offset of the line end before the block: it came with it, and is of the same kind as its own.
std::size_t before_line_end(std::string_view text, const Comment& begin) {
  std::size_t at = begin.line_begin;
  const bool windows = begin.end >= 2 && text[begin.end - 2] == '\r';
  if (at > 0 && text[at - 1] == '\n') --at;
  if (windows && at > 0 && text[at - 1] == '\r') --at;
  return at;
}

std::string lines_with(std::string_view body, std::string_view line_end) {
  std::string text;
  for (const char c : body) {
    if (c == '\n') {
      text += line_end;
    } else {
      text.push_back(c);
    }
  }
  return text;
}

std::string without_carriage_returns(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != '\r') plain.push_back(c);
  }
  return plain;
}

}  // namespace

std::optional<MarkedBlock> find_marked(std::string_view text) {
  const Lexed lexed = lex_corefile(text);
  const Comment* begin = nullptr;
  const Comment* end = nullptr;
  for (const Comment& comment : lexed.comments) {
    if (!comment.alone) continue;
    if (comment.text == k_block_begin) {
      if (begin != nullptr) refuse_marks(comment.line);
      begin = &comment;
    } else if (comment.text == k_block_end) {
      if (begin == nullptr || end != nullptr) refuse_marks(comment.line);
      end = &comment;
    }
  }
  if (begin == nullptr) return std::nullopt;
  if (end == nullptr) refuse_marks(begin->line);
  return MarkedBlock{
      .begin = before_line_end(text, *begin),
      .end = end->end,
      .body = without_carriage_returns(text.substr(begin->end, end->line_begin - begin->end))};
}

std::string with_marked(std::string_view text, std::string_view body) {
  const bool windows = without_marked(text).find("\r\n") != std::string::npos;
  const std::string block =
      lines_with("\n" + std::string(k_block_begin) + "\n" + std::string(body) + k_block_end + "\n",
                 windows ? "\r\n" : "\n");
  const std::optional<MarkedBlock> old = find_marked(text);
  const std::size_t begin = old ? old->begin : text.size();
  const std::size_t end = old ? old->end : text.size();
  return std::string(text.substr(0, begin)) + block + std::string(text.substr(end));
}

std::string without_marked(std::string_view text) {
  const std::optional<MarkedBlock> old = find_marked(text);
  if (!old) return std::string(text);
  return std::string(text.substr(0, old->begin)) + std::string(text.substr(old->end));
}

}  // namespace mesh::dns
