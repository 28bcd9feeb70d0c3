#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mesh {

/// A kubeconfig is certificates for the most part, and yaml-cpp looks at each of their characters a
/// dozen times: they wait outside while the rest is parsed. Taken out is only what is a text
/// wherever it stands: long, beginning with a letter, without any sign that YAML knows, up to the
/// end of its line. A name that the text does not hold stands in its place, in comments, quotes and
/// blocks too, so that putting back needs no knowledge of YAML.
class LongTexts {
 public:
  /// `text` without its long texts; lines and columns of all that is left stay the same.
  std::string take_out(std::string_view text);
  std::string put_back(const std::string& scalar) const;

 private:
  std::string m_name;
  std::vector<std::string> m_texts;
};

}  // namespace mesh
