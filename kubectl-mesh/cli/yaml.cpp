#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"
#include "cli/output.hpp"

// yaml-cpp writes the text "true" as true and "012" as 012: its reader and kubectl's would see
// another type. Quoting is decided here, and JSON's own escapes serve inside the quotes.

namespace mesh {

namespace {

constexpr std::array<std::string_view, 28> k_words{
    "",    "~",    "null", "Null", "NULL",  "y",     "Y",     "yes", "Yes", "YES",
    "n",   "N",    "no",   "No",   "NO",    "on",    "On",    "ON",  "off", "Off",
    "OFF", "true", "True", "TRUE", "false", "False", "FALSE", "="};

/// Plain only if nobody could take it for anything but a text: letters first, then harmless
/// characters.
bool is_plain(const std::string& text) {
  if (std::find(k_words.begin(), k_words.end(), text) != k_words.end()) return false;
  const bool starts_well =
      std::isalpha(static_cast<unsigned char>(text.front())) != 0 || text.front() == '/';
  if (!starts_well || text.back() == ':' || text.back() == ' ') return false;
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view(" ._/:=+-,@()*").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string quoted(const std::string& text) {
  return is_plain(text) ? text : Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

/// PEM and the like: lines as they are.
bool is_block(const std::string& text) {
  return text.size() > 1 && text.ends_with('\n') && !text.ends_with("\n\n") &&
         text.front() != ' ' && text.front() != '\n' &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); });
}

void emit(const Json& value, std::size_t indent, std::string& out);

void emit_scalar(const Json& value, std::size_t indent, std::string& out) {
  if (!value.is_string()) {
    out += " " + value.dump() + "\n";
    return;
  }
  const std::string text = value.get<std::string>();
  if (!is_block(text)) {
    out += " " + quoted(text) + "\n";
    return;
  }
  out += " |\n";
  for (const std::string& line : split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
    out += (line.empty() ? "" : std::string(indent, ' ')) + line + "\n";
  }
}

/// What follows a key or a dash that has been written already.
void emit_below(const Json& value, std::size_t indent, std::string& out) {
  if (value.is_object() || value.is_array()) {
    if (value.empty()) {
      out += value.is_object() ? " {}\n" : " []\n";
      return;
    }
    out += "\n";
    emit(value, indent, out);
    return;
  }
  emit_scalar(value, indent, out);
}

void emit(const Json& value, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, below] : value.items()) {
      out += margin + quoted(key) + ":";
      emit_below(below, below.is_array() ? indent : indent + 2, out);
    }
    return;
  }
  for (const Json& entry : value) {
    if (entry.is_object() && !entry.empty()) {
      std::string block;
      emit(entry, indent + 2, block);
      out += margin + "- " + block.substr(indent + 2);
    } else {
      out += margin + "-";
      emit_below(entry, indent + 2, out);
    }
  }
}

}  // namespace

std::string to_yaml(const Json& document) {
  std::string out;
  if (document.is_structured() && !document.empty()) {
    emit(document, 0, out);
  } else {
    emit_below(document, 0, out);
    out.erase(0, 1);
  }
  return out;
}

}  // namespace mesh
