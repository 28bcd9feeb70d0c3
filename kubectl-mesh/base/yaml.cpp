#include "base/yaml.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

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

Place place_of(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

/// Walks yaml-cpp's nodes once.
class Reader {
 public:
  Reader(const std::string& file, YamlDocument& document) : m_file(file), m_document(document) {}

  Json read(const YAML::Node& node, const std::string& pointer, int depth) {
    const YAML::Mark mark = node.Mark();
    m_document.places[pointer] = place_of(mark);
    if (depth > k_json_depth_max) refuse(mark, "nests too deep");
    const std::string& tag = node.Tag();
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags are not supported: " + tag);
    switch (node.Type()) {
      case YAML::NodeType::Map:
        return read_map(node, pointer, depth);
      case YAML::NodeType::Sequence:
        return read_sequence(node, pointer, depth);
      case YAML::NodeType::Scalar:
        return tag == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
      default:
        return nullptr;
    }
  }

  [[noreturn]] void refuse(YAML::Mark mark, const std::string& what) const {
    if (mark.is_null()) mark = {};  // the parser does not always know
    throw Failure("invalid-input", m_file + ":" + std::to_string(mark.line + 1) + ":" +
                                       std::to_string(mark.column + 1) + ": " + what);
  }

 private:
  Json read_map(const YAML::Node& node, const std::string& pointer, int depth) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) refuse(entry.first.Mark(), "a key must be a text");
      const std::string key = entry.first.Scalar();
      if (key == "<<") refuse(entry.first.Mark(), "merge keys are not supported");
      if (object.contains(key)) refuse(entry.first.Mark(), "key \"" + key + "\" is there twice");
      const std::string below = pointer + "/" + escaped(key);
      object[key] = read(entry.second, below, depth + 1);
      // What is left out begins where the next line does; its key shows the place better.
      if (entry.second.IsNull()) m_document.places[below] = place_of(entry.first.Mark());
    }
    return object;
  }

  Json read_sequence(const YAML::Node& node, const std::string& pointer, int depth) {
    Json array = Json::array();
    for (const auto& entry : node) {
      array.push_back(read(entry, pointer + "/" + std::to_string(array.size()), depth + 1));
    }
    return array;
  }

  const std::string& m_file;
  YamlDocument& m_document;
};

/// Aliases share nodes, so that a few bytes can stand for millions: they are refused before the
/// tree exists, and so is what would make a large one.
class Guard : public YAML::EventHandler {
 public:
  explicit Guard(std::size_t values_max) : m_values_left(values_max) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (m_begun) throw YAML::ParserException(mark, "holds more than one document");
    m_begun = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { count(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases are not supported");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string&) override {
    count(mark);
    m_last_scalar = mark;
    m_last_is_quoted = tag == "!";
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnMapEnd() override {}

  bool last_is_quoted() const { return m_last_is_quoted; }
  const YAML::Mark& last_scalar() const { return m_last_scalar; }

 private:
  void count(const YAML::Mark& mark) {
    if (m_values_left-- == 0) throw YAML::ParserException(mark, "holds too many values");
  }

  std::size_t m_values_left;
  bool m_begun = false;
  bool m_last_is_quoted = false;
  YAML::Mark m_last_scalar;
};

/// false: no document.
bool pass_guard(const std::string& text, Guard& guard) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  const bool any = parser.HandleNextDocument(guard);
  while (parser.HandleNextDocument(guard)) {
    // The guard refuses the second one, and knows where it begins.
  }
  return any;
}

/// The parser takes the end of the text for a closing quote, but not the end of a document: a file
/// that was cut off would be read as if it were whole.
void require_closed(const std::string& text, const Guard& guard, std::size_t values_max) {
  if (!guard.last_is_quoted()) return;
  try {
    Guard again(values_max);
    pass_guard(text + "\n...\n", again);
  } catch (const YAML::ParserException&) {
    throw YAML::ParserException(guard.last_scalar(), "a quote is not closed");
  }
}

}  // namespace

YamlDocument parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
  YamlDocument document;
  Reader reader(file, document);
  if (text.size() > limits.bytes) {
    reader.refuse({}, "is larger than " + std::to_string(limits.bytes >> 10U) + " KiB");
  }
  try {
    const std::string whole(text);
    Guard guard(limits.values);
    const bool any = pass_guard(whole, guard);
    require_closed(whole, guard, limits.values);
    document.value = any ? reader.read(YAML::Load(whole), "", 0) : Json::object();
  } catch (const YAML::Exception& error) {
    reader.refuse(error.mark, error.msg);
  }
  return document;
}

}  // namespace mesh
