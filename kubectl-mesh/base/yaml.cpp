#include "base/yaml.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_bytes_max = std::size_t{1} << 20U;
constexpr int k_values_max = 20'000;

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

std::optional<Json> as_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = negative || text.starts_with('+') ? text.substr(1) : text;
  int base = 10;
  if (digits.starts_with("0x")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (digits.starts_with("0o")) {
    base = 8;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.starts_with('0')) {
    base = 8;
  }
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return Json(negative ? -value : value);
}

std::optional<Json> as_float(std::string_view text) {
  if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  double value = 0;
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return Json(value);
}

Json plain_scalar(const std::string& text) {
  if (among(text, k_nulls)) return nullptr;
  if (among(text, k_trues)) return true;
  if (among(text, k_falses)) return false;
  if (const auto integer = as_integer(text)) return *integer;
  if (const auto real = as_float(text)) return *real;
  return text;
}

std::string escaped(std::string key) {
  for (std::size_t at = 0; (at = key.find_first_of("~/", at)) != std::string::npos; at += 2) {
    key.replace(at, 1, key[at] == '~' ? "~0" : "~1");
  }
  return key;
}

/// Walks yaml-cpp's nodes once; a node met for the second time is an alias.
class Reader {
 public:
  Reader(const std::string& file, YamlDocument& document) : m_file(file), m_document(document) {}

  Json read(const YAML::Node& node, const std::string& pointer, int depth) {
    const YAML::Mark mark = node.Mark();
    m_document.places[pointer] = {mark.line + 1, mark.column + 1};
    if (depth > k_json_depth_max) refuse(mark, "nests too deep");
    if (++m_values > k_values_max) refuse(mark, "holds too many values");
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

  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) const {
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
      object[key] = read(entry.second, pointer + "/" + escaped(key), depth + 1);
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
  int m_values = 0;
};

/// Aliases share nodes, so that a few bytes can stand for millions: they are refused before the
/// tree exists.
class AliasGuard : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases are not supported");
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

}  // namespace

YamlDocument parse_yaml(std::string_view text, const std::string& file) {
  YamlDocument document;
  Reader reader(file, document);
  if (text.size() > k_bytes_max) reader.refuse({}, "is larger than 1 MiB");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    AliasGuard guard;
    const bool any = parser.HandleNextDocument(guard);
    if (any && parser.HandleNextDocument(guard)) reader.refuse({}, "holds more than one document");
    document.value = any ? reader.read(YAML::Load(std::string(text)), "", 0) : Json::object();
  } catch (const YAML::Exception& error) {
    reader.refuse(error.mark, error.msg);
  }
  return document;
}

}  // namespace mesh
