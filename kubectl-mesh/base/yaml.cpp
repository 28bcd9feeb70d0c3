#include "base/yaml.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/yaml_long_texts.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::array<std::string_view, 5> k_nulls{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 11> k_trues{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                   "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> k_falses{"n",     "N",     "no",  "No",  "NO", "false",
                                                    "False", "FALSE", "off", "Off", "OFF"};

template <std::size_t Count>
bool among(std::string_view text, const std::array<std::string_view, Count>& words) {
  for (const std::string_view word : words) {
    if (word == text) return true;
  }
  return false;
}

/// The base that strconv.ParseInt(text, 0, 64) of Go would see in front, and the digits behind it.
int take_base(std::string& digits) {
  constexpr std::array<std::pair<std::string_view, int>, 6> k_prefixes{
      {{"0x", 16}, {"0X", 16}, {"0o", 8}, {"0O", 8}, {"0b", 2}, {"0B", 2}}};
  for (const auto& [prefix, base] : k_prefixes) {
    if (!digits.starts_with(prefix)) continue;
    digits.erase(0, prefix.size());
    return base;
  }
  return digits.size() > 1 && digits.starts_with('0') ? 8 : 10;
}

std::string without_sign(const std::string& text) {
  return text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
}

template <typename Number>
std::optional<Number> parsed(const std::string& digits, auto... how) {
  Number value{};
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, how...);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<Json> as_integer(const std::string& text) {
  std::string digits = without_sign(text);
  const int base = take_base(digits);
  if (digits.empty() || std::isxdigit(static_cast<unsigned char>(digits.front())) == 0) {
    return std::nullopt;
  }
  const auto size = parsed<std::uint64_t>(digits, base);
  if (!size) return std::nullopt;
  if (!text.starts_with('-')) return Json(*size);
  constexpr std::uint64_t k_limit = std::uint64_t{1} << 63U;
  if (*size > k_limit) return std::nullopt;
  return Json(static_cast<std::int64_t>(~*size + 1));
}

std::optional<Json> as_float(const std::string& text) {
  const std::string digits = without_sign(text);
  // Neither "inf" nor a second sign, both of which the library would take.
  if (digits.empty() || (digits.front() != '.' && (digits.front() < '0' || digits.front() > '9'))) {
    return std::nullopt;
  }
  const auto value = parsed<double>(digits);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return Json(text.starts_with('-') ? -*value : *value);
}

/// Only what begins like a number is one; underscores may part its digits.
std::optional<Json> as_number(std::string text) {
  const bool numeric = !text.empty() && std::string_view("+-.0123456789").find(text.front()) !=
                                            std::string_view::npos;
  if (!numeric) return std::nullopt;
  if (text.front() != '.') std::erase(text, '_');
  const auto integer = as_integer(text);
  return integer ? integer : as_float(text);
}

Json plain_scalar(const std::string& text) {
  if (among(text, k_nulls)) return nullptr;
  if (among(text, k_trues)) return true;
  if (among(text, k_falses)) return false;
  const auto number = as_number(text);
  return number ? *number : Json(text);
}

std::string escaped(std::string key) {
  for (std::size_t at = 0; (at = key.find_first_of("~/", at)) != std::string::npos; at += 2) {
    key.replace(at, 1, key[at] == '~' ? "~0" : "~1");
  }
  return key;
}

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) {
  throw YAML::ParserException(mark, what);
}

/// Makes the document while it is parsed: no tree of nodes stands in between. Aliases share nodes
/// there, so that a few bytes can stand for millions: they are refused, and so is what would make a
/// large document.
class Builder : public YAML::EventHandler {
 public:
  Builder(YamlDocument& document, const LongTexts& long_texts, std::size_t values_max)
      : m_document(document), m_long_texts(long_texts), m_values_left(values_max) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (m_begun) refuse(mark, "holds more than one document");
    m_begun = true;
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases are not supported");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { value(mark, "", nullptr); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& raw) override {
    m_last_scalar = mark;
    m_last_is_quoted = tag == "!";
    const std::string text = m_long_texts.put_back(raw);
    if (wants_key()) return key(mark, text);
    value(mark, tag, m_last_is_quoted ? Json(text) : plain_scalar(text));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(value(mark, tag, Json::array()));
  }
  void OnSequenceEnd() override { m_open.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(value(mark, tag, Json::object()));
  }
  void OnMapEnd() override { m_open.pop_back(); }

  bool last_is_quoted() const { return m_last_is_quoted; }
  const YAML::Mark& last_scalar() const { return m_last_scalar; }

 private:
  /// A sequence or mapping that has not ended. Only the innermost one grows, so that the others'
  /// addresses hold.
  struct Open {
    Json* value;
    std::string pointer;
    std::optional<std::string> key;  ///< whose value comes next
    YAML::Mark key_mark;
  };

  bool wants_key() const {
    return !m_open.empty() && m_open.back().value->is_object() && !m_open.back().key;
  }

  void count(const YAML::Mark& mark) {
    if (m_values_left-- == 0) refuse(mark, "holds too many values");
  }

  void key(const YAML::Mark& mark, const std::string& text) {
    count(mark);
    Open& mapping = m_open.back();
    if (text == "<<") refuse(mark, "merge keys are not supported");
    if (mapping.value->contains(text)) refuse(mark, "key \"" + text + "\" is there twice");
    mapping.key = text;
    mapping.key_mark = mark;
  }

  /// Where the value went, and its pointer.
  Open value(const YAML::Mark& mark, const std::string& tag, Json made) {
    if (wants_key()) refuse(mark, "a key must be a text");
    count(mark);
    if (m_open.size() > k_json_depth_max) refuse(mark, "nests too deep");
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, "tags are not supported: " + tag);
    }
    // What is left out begins where the next line does; its key shows the place better.
    const bool left_out = made.is_null() && tag.empty();
    Open at = place_for(std::move(made));
    const bool in_mapping = !m_open.empty() && m_open.back().value->is_object();
    const YAML::Mark& shown = left_out && in_mapping ? m_open.back().key_mark : mark;
    Places& places = m_document.places[at.pointer];
    places.value = {shown.line + 1, shown.column + 1};
    if (in_mapping) {
      const YAML::Mark& key = m_open.back().key_mark;
      places.key = {key.line + 1, key.column + 1};
    }
    return at;
  }

  Open place_for(Json made) {
    if (m_open.empty()) {
      m_document.value = std::move(made);
      return {&m_document.value, "", {}, {}};
    }
    Open& parent = m_open.back();
    if (parent.value->is_array()) {
      const std::string index = std::to_string(parent.value->size());
      parent.value->push_back(std::move(made));
      return {&parent.value->back(), parent.pointer + "/" + index, {}, {}};
    }
    const std::string name = *std::exchange(parent.key, std::nullopt);
    Json& here = (*parent.value)[name] = std::move(made);
    return {&here, parent.pointer + "/" + escaped(name), {}, {}};
  }

  void open(Open entered) { m_open.push_back(std::move(entered)); }

  YamlDocument& m_document;
  const LongTexts& m_long_texts;
  std::size_t m_values_left;
  std::vector<Open> m_open;
  bool m_begun = false;
  bool m_last_is_quoted = false;
  YAML::Mark m_last_scalar;
};

/// false: no document.
bool build(const std::string& text, Builder& builder) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  const bool any = parser.HandleNextDocument(builder);
  while (parser.HandleNextDocument(builder)) {
    // The builder refuses the second one, and knows where it begins.
  }
  return any;
}

/// The parser takes the end of the text for a closing quote, but not the end of a document: a file
/// that was cut off would be read as if it were whole.
void require_closed(const std::string& text, const Builder& builder, const LongTexts& long_texts,
                    std::size_t values_max) {
  if (!builder.last_is_quoted()) return;
  try {
    YamlDocument unused;
    Builder again(unused, long_texts, values_max);
    build(text + "\n...\n", again);
  } catch (const YAML::ParserException&) {
    refuse(builder.last_scalar(), "a quote is not closed");
  }
}

[[noreturn]] void fail(const std::string& file, YAML::Mark mark, const std::string& what) {
  throw Failure("invalid-input", file + ":" + std::to_string(mark.line + 1) + ":" +
                                     std::to_string(mark.column + 1) + ": " + what);
}

/// `above`: lines of the file before this text.
YamlDocument parse_below(int above, std::string_view text, const std::string& file,
                         const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    fail(file, {}, "is larger than " + std::to_string(limits.bytes >> 10U) + " KiB");
  }
  try {
    YamlDocument document;
    LongTexts long_texts;
    const std::string short_text = long_texts.take_out(text);
    Builder builder(document, long_texts, limits.values);
    if (!build(short_text, builder)) document.value = Json::object();
    require_closed(short_text, builder, long_texts, limits.values);
    return document;
  } catch (const YAML::Exception& error) {
    YAML::Mark mark = error.mark;
    if (mark.is_null()) mark = {};  // the parser does not always know
    mark.line += above;
    fail(file, mark, error.msg);
  }
}

}  // namespace

YamlDocument parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
  return parse_below(0, text, file, limits);
}

std::vector<Json> parse_yaml_documents(std::string_view text, const std::string& file,
                                       const YamlLimits& limits) {
  std::vector<Json> documents;
  std::size_t begin = 0;  // of the document
  int line = 0, above = 0;
  const auto take_until = [&](std::size_t end) {
    Json value = parse_below(above, text.substr(begin, end - begin), file, limits).value;
    if (!value.empty()) documents.push_back(std::move(value));
  };
  for (std::size_t at = 0; at < text.size();) {
    // The last line may have no end.
    const std::size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
    ++line;
    // A block that holds such a line at its own margin does not exist in YAML.
    if (text.substr(at, next - at).starts_with("---")) {
      take_until(at);
      begin = next;
      above = line;
    }
    at = next;
  }
  take_until(text.size());
  return documents;
}

}  // namespace mesh
