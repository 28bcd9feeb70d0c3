#include "run/plugin_card.hpp"
#include "run/plugin_source.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/files.hpp"
#include "base/paths.hpp"
#include "plugin/signature.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_signature_max = std::size_t{64} << 10U;
constexpr std::size_t k_keys_max = std::size_t{1} << 20U;

/// A plugin of the user's folder as installed; null: another name, or none.
const PluginEntry* installed(const Catalogue& catalogue, const std::string& name) {
  for (const PluginEntry& entry : catalogue.plugins) {
    if (entry.manifest.name == name) return &entry;
  }
  return nullptr;
}

bool in_users_folder(const PluginEntry& entry) {
  return entry.library.parent_path() == user_plugins();
}

/// What two plugins offer, neither offers: installing one that breaks another is refused here.
void require_room(const Catalogue& catalogue, const Manifest& manifest) {
  const PluginEntry* same = installed(catalogue, manifest.name);
  if (same != nullptr && !in_users_folder(*same)) {
    throw Failure("refused",
                  "there is a plugin " + manifest.name + " already: " + shown(same->library),
                  "two plugins of one name cannot be used; take the other one away first");
  }
  for (const Extension& extension : manifest.provides) {
    const std::string address = extension.point + ":" + extension.name;
    const PluginEntry* other = catalogue.provider(address);
    if (other == nullptr || other->manifest.name == manifest.name) continue;
    throw Failure("refused",
                  address + " is offered by plugin " + other->manifest.name +
                      " already: " + shown(other->library),
                  "take that one away first: what two plugins offer, neither offers");
  }
}

/// The manifest comes last: without it the library is not seen, and with an older one not run.
void write_plugin(const PluginSource& source, const fs::path& library) {
  write_private_file(library, source.bytes, Replace::yes);
  write_private_file(fs::path(library).replace_extension(".json"),
                     source.entry.manifest_text + "\n", Replace::yes);
}

/// Of what was named with --signature and --key; without both there is nothing to hold to.
void require_signature(const std::string& bytes, const Invocation& invocation) {
  const std::string signature = invocation.options.value("signature", std::string());
  const std::string keys = invocation.options.value("key", std::string());
  if (signature.empty() && keys.empty()) return;
  if (signature.empty() || keys.empty())
    throw Failure("usage", "--signature and --key must be given together",
                  "name the signature and a file with the keys that you pinned");
  const std::string why =
      bad_signature(bytes, read_file(signature, k_signature_max), read_file(keys, k_keys_max));
  if (why.empty()) return;
  throw Failure("refused", "the signature " + shown(signature) + " " + why,
                "nothing was installed; get plugin, signature and key again from the author");
}

std::string what_was_done(const PluginEntry* before, const Manifest& now) {
  if (before == nullptr) return "installed";
  return "installed " + now.version + " in place of " + before->manifest.version;
}

}  // namespace

int run_plugin_install(const Invocation& invocation, const Catalogue& catalogue) {
  PluginSource source =
      read_source(invocation.arguments.front(), invocation.unsandboxed,
                  [&](const std::string& bytes) { require_signature(bytes, invocation); });
  const Manifest& manifest = source.entry.manifest;
  require_room(catalogue, manifest);
  const bool to_be_trusted = invocation.options.value("trust", false);
  Judged judged = judge_bytes(manifest.name, source.bytes);
  std::vector<std::string> hashes{judged.sha256};
  if (!source.archive_sha256.empty()) hashes.push_back(source.archive_sha256);
  require_sha256(hashes, shown(invocation.arguments.front()), invocation);
  if (to_be_trusted && judged.trust != Trust::trusted) {
    ask_for_trust(card_of(source.entry, judged), invocation);
  }

  const PluginEntry* before = installed(catalogue, manifest.name);
  const fs::path library = user_plugins() / (manifest.name + ".so");
  std::string done = "unchanged";
  if (before == nullptr || judge(*before).sha256 != judged.sha256) {
    write_plugin(source, library);
    done = what_was_done(before, manifest);
  }
  source.entry.library = library;
  if (to_be_trusted) {
    trust(source.entry, judged.sha256);
    judged.trust = Trust::trusted;
  }
  print_done(card_of(source.entry, judged), done, invocation);
  if (judged.trust != Trust::trusted) {
    tell("its code is not run until you trust it: kubectl mesh plugin trust " + manifest.name +
         "\n");
  }
  return 0;
}

int run_plugin_remove(const Invocation& invocation, const Catalogue& catalogue) {
  const PluginEntry& entry = plugin_of(invocation, catalogue);
  if (!in_users_folder(entry)) {
    throw Failure("refused", shown(entry.library) + " was not installed by `plugin install`",
                  "only plugins of " + shown(user_plugins()) + " are taken away");
  }
  const Json card = card_of(entry, judge(entry));
  fs::remove(fs::path(entry.library).replace_extension(".json"));
  fs::remove(entry.library);
  untrust(entry.manifest.name);
  print_done(card, "removed", invocation);
  const fs::path kept = store_home() / entry.manifest.name;
  if (fs::exists(kept)) tell("what it stored is kept: " + shown(kept) + "\n");
  return 0;
}

}  // namespace mesh
