#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"
#include "cli/document_text.hpp"

// yaml-cpp writes the text "true" as true and "012" as 012: its reader and kubectl's would see
// another type. So quoting is decided here, by the stricter of YAML 1.1 (kubectl, PyYAML) and 1.2.

namespace mesh {

namespace {

/// Words that some YAML reads as null or a boolean, in whatever case.
constexpr std::array<std::string_view, 9> k_words{"null", "y",   "n",    "yes",  "no",
                                                  "on",   "off", "true", "false"};

bool is_word(std::string_view text) {
  return std::any_of(k_words.begin(), k_words.end(), [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  });
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Digits first, and nothing that a number, a time or a date could not hold.
bool looks_like_number(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEFxXoO_.:+-tTzZ") == std::string_view::npos;
}

/// Plain only if nobody could take it for anything but a text.
bool is_plain(std::string_view text) {
  constexpr std::string_view k_inside = " _./:=+-,@()*$%&;<>";
  if (text.empty() || text.size() > 200 || is_word(text)) return false;
  const bool digit = text.front() >= '0' && text.front() <= '9';
  if (!is_letter(text.front()) && text.front() != '/' && !digit) return false;
  if (digit && looks_like_number(text)) return false;
  if (text.back() == ':' || text.back() == ' ') return false;
  if (text.find(": ") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || k_inside.find(c) != std::string_view::npos;
  });
}

/// Double quotes. What escape_terminal makes visible it writes as YAML's own escapes.
std::string double_quoted(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\t') {
      escaped += "\\t";
    } else {
      escaped += c;
    }
  }
  return "\"" + escape_terminal(escaped) + "\"";
}

std::string scalar_text(const std::string& text) {
  return is_plain(text) ? text : double_quoted(text);
}

/// Lines that can stand as they are. Blanks at the edges would be read as layout.
bool is_block(const std::string& text) {
  std::string_view body = text;
  if (!body.ends_with('\n')) return false;
  body.remove_suffix(1);
  constexpr std::string_view k_blank = " \t\n";
  return body.find('\n') != std::string_view::npos &&
         k_blank.find(body.front()) == std::string_view::npos &&
         k_blank.find(body.back()) == std::string_view::npos && escape_terminal(text, true) == text;
}

std::string block_text(const std::string& text, std::size_t indent) {
  std::string block = "|\n";
  const std::string_view body = std::string_view(text).substr(0, text.size() - 1);
  for (const std::string& line : split(body, '\n')) {
    block += (line.empty() ? "" : std::string(indent, ' ')) + line + "\n";
  }
  return block;
}

/// YAML 1.1 knows no exponent without a fraction: 1e+20 would be a text.
std::string number_text(const Json& number) {
  std::string text = number.dump();
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) {
    text.insert(exponent, ".0");
  }
  return text;
}

void emit(const Json& value, std::size_t indent, std::string& out);

/// What follows a key or a dash, to the end of its line or lines.
void emit_value(const Json& value, std::size_t indent, std::string& out) {
  if (value.is_structured() && value.empty()) {
    out += value.is_object() ? " {}\n" : " []\n";
  } else if (value.is_structured()) {
    out += "\n";
    emit(value, indent, out);
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    out += " " + (is_block(text) ? block_text(text, indent) : scalar_text(text) + "\n");
  } else {
    out += " " + (value.is_number() ? number_text(value) : value.dump()) + "\n";
  }
}

/// The entries of a mapping or a list that is not empty.
void emit(const Json& value, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, below] : value.items()) {
      out += margin + scalar_text(key) + ":";
      // kubectl writes a list in a mapping without a further indent.
      emit_value(below, indent + (below.is_array() ? 0 : 2), out);
    }
    return;
  }
  for (const Json& entry : value) {
    if (entry.is_structured() && !entry.empty()) {
      std::string block;
      emit(entry, indent + 2, block);
      out += margin + "- " + block.substr(indent + 2);
    } else {
      out += margin + "-";
      emit_value(entry, indent + 2, out);
    }
  }
}

}  // namespace

std::string to_yaml(const Json& document) {
  std::string out;
  if (document.is_structured() && !document.empty()) {
    emit(document, 0, out);
  } else {
    emit_value(document, 2, out);
    out.erase(0, 1);
  }
  return out;
}

}  // namespace mesh
