#include "cli/notes.hpp"

#include <array>

#include "base/text.hpp"

namespace mesh {

namespace {

const char* word_of(Severity severity) {
  constexpr std::array<std::pair<Severity, const char*>, 5> k_words{
      {{Severity::pass, "ok"},
       {Severity::info, "note"},
       {Severity::warning, "warning"},
       {Severity::failure, "failure"},
       {Severity::skipped, "skipped"}}};
  for (const auto& [row, word] : k_words) {
    if (row == severity) return word;
  }
  return "note";
}

}  // namespace

std::string notes_text(const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) {
    text += std::string(word_of(note.severity)) + ": " +
            (note.cluster.empty() ? "" : escape_terminal(note.cluster) + ": ") +
            escape_terminal(note.text) + "\n";
  }
  return text;
}

}  // namespace mesh
