#pragma once

#include <memory>
#include <optional>
#include <string>

namespace mesh {

/// Encrypts what a run's journal keeps of Secrets: AES-256-GCM under a random key of that run,
/// which is a 0600 file in another directory ($XDG_DATA_HOME/kubectl-mesh/undo-keys) than the
/// journal
/// ($XDG_STATE_HOME). Removing the key makes the values unreadable for good. Thread-safe.
class Seal {
 public:
  /// A new key for the run, stored before it returns. Throws Failure if it cannot be stored.
  static Seal make(const std::string& run);
  /// nullopt: this machine has no key of that run. Throws Failure if its file is not private.
  static std::optional<Seal> of(const std::string& run);
  /// Removes the run's key, if there is one.
  static void destroy(const std::string& run);
  /// Removes the keys that are older than Secrets are kept for.
  static void destroy_old();

  /// Base64. `context` must be the same when it is opened: it ties the value to its place.
  std::string close(const std::string& text, const std::string& context) const;
  /// nullopt: of another key or context, or changed since.
  std::optional<std::string> open(const std::string& sealed, const std::string& context) const;

 private:
  explicit Seal(const std::string& key) : m_key(key) {}
  std::string m_key;
};

}  // namespace mesh
