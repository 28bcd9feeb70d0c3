#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/catalogue.hpp"
#include "plugin/needs.hpp"

// What one call may do: the one place that decides it, for every call of a run.
//
// A plugin that came with us is a part of the host: its needs bound what it does itself. The needs
// of a third-party plugin bound all that it causes: whom it asks, whom they ask, and so on.

namespace mesh {

/// What a call may bring about. A preview computes a plan that is not carried out.
enum class Effect { reads, previews, changes };

/// A plugin whose manifest bounds a call.
struct Holder {
  const PluginEntry* plugin;
  Needs needs;
};

/// Files and folders that the operator named for a plugin, by the plugin's name.
using NamedPaths = std::map<std::string, std::vector<std::filesystem::path>>;

/// The rights of one call. All holders must have what it uses.
struct Rights {
  std::vector<Holder>
      holders;  ///< the plugin that is called, then the third parties that led to it
  Effect effect = Effect::reads;
  bool of_operator = false;  ///< the operator ran it, no plugin asks
  /// Extensions that the operator chose for it, by a setting with "x-point": "ca/1:self-signed".
  std::set<std::string> chosen{};
  /// Absent: all of the run. Bundled plugins may look at all of them.
  std::optional<std::set<std::string>> clusters{};
  std::vector<std::filesystem::path> folders{};  ///< that the operator named for the plugin

  const PluginEntry& plugin() const { return *holders.front().plugin; }
  bool has_third_party() const;
};

/// A verb that is asked of an extension.
struct Asking {
  const PluginEntry& plugin;  ///< that offers the extension
  const Extension& extension;
  std::string_view verb;
  const Json& request;
  bool section = false;  ///< its settings are the operator's, whoever asks
};

/// Whether an authority is asked to sign.
bool signs(const Asking& asking);
/// Whether a verb neither changes anything nor signs nor reads a key.
bool only_reads(const Extension& extension, std::string_view verb);

/// Of what the operator runs himself.
Rights rights_of_operator(const Asking& asking, NamedPaths& named);
/// Of what a plugin asks. Throws Failure("refused") naming the plugin, the right that it lacks and
/// the line of its manifest.
Rights rights_of_nested(const Rights& caller, const Asking& asking, NamedPaths& named);
/// Of a plugin whose plan has a step `prove`: it asks for reports.
Rights rights_of_prover(const PluginEntry& plugin);

/// Why the plugin may not do `lack`: the first holder that `has` not got it.
template <typename Has>
std::optional<Problem> denial(const Rights& rights, const Lack& lack, const Has& has);
std::optional<Problem> denial_of(const Rights& rights, const Holder& holder, const Lack& lack);
/// Throws Failure("refused") if the call may start no program, or not this one.
void require_program(const Rights& rights, const std::string& program);

/// Throws Failure("plugin-fault") naming the first action of a Plan document that goes beyond the
/// rights, unless it is one of `answered`.
void require_plan(const Json& plan, const Rights& rights, const std::set<std::string>& answered,
                  const Catalogue& catalogue);
/// Of a Plan that `caller` was answered, within the rights of who answered, the actions that it
/// could not plan of itself: just these it may plan.
void add_answered(std::set<std::string>& answered, const Json& plan, const Rights& caller,
                  const Catalogue& catalogue);

/// What a helper process of the plugin may do in this call.
Needs needs_in_sandbox(const Rights& rights);
/// Without "..", "." and a slash at the end, so that one folder is spelt one way.
std::filesystem::path normal(const std::filesystem::path& path);

template <typename Has>
std::optional<Problem> denial(const Rights& rights, const Lack& lack, const Has& has) {
  for (const Holder& holder : rights.holders) {
    if (!has(holder.needs)) return denial_of(rights, holder, lack);
  }
  return std::nullopt;
}

}  // namespace mesh
