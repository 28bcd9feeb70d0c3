#include "cli/host_command.hpp"

namespace mesh {

namespace {

using Group = FlagGroup;

Option sha256_of(const char* what) {
  return text("sha256", "HASH", std::string("SHA-256 of the only ") + what + " to accept", "");
}

}  // namespace

std::vector<HostCommand> plugin_commands() {
  return {
      {.words = {"plugin", "check"},
       .summary = "Hold a plugin against the contract",
       .details =
           "Asks it everything that a host asks, against three clusters of paper, and judges what "
           "it answers and how it behaves. NAME is an installed plugin, PATH a library. Its code "
           "runs in processes that may do only what its manifest names.\n\nExit status 1 if a rule "
           "is broken; each says what it protects and how to mend it.",
       .options = {list("set", "KEY=VALUE", "one setting of its extensions"),
                   path("objects", "FILE", "objects that it finds in each of the clusters")},
       .examples = {{"one of your own", "plugin check ./corp-dns.so"},
                    {"with the settings that it needs",
                     "plugin check ./corp-ca.so --set root-cert=root.pem --set root-key=key.pem"},
                    {"with what it expects in a cluster",
                     "plugin check ./corp-dns.so --objects corp-dns.yaml"},
                    {"for CI", "plugin check certs -o junit"}},
       .groups = {Group::output},
       .positional = "NAME|PATH"},
      {.words = {"plugin", "info"},
       .summary = "Show what a plugin is, whose it is and what it may do",
       .details = "NAME is an installed plugin. A path is one that is not: a library, a folder "
                  "that has one, or a .tar.gz of that folder. What is shown of it is its own word, "
                  "given in a process that may do nothing; only its SHA-256 is ours.",
       .examples = {{"an installed one", "plugin info certs"},
                    {"before it is installed", "plugin info ./corp-ca.so"}},
       .groups = {Group::output},
       .positional = "NAME|PATH"},
      {.words = {"plugin", "install"},
       .summary = "Install a plugin of somebody else",
       .details =
           "Copies a library to your own plugins, with the manifest that it holds. PATH is "
           "the library, a folder that has one, or a .tar.gz of that folder. Its code is "
           "not run for any cluster until it is trusted. With --sha256 nothing else is installed: "
           "exit status 4.\n\nWith --signature and --key it must be signed by one of the keys: "
           "`ssh-keygen -Y sign -n file`, `openssl pkeyutl -sign -rawin` (Ed25519) or `openssl "
           "dgst "
           "-sha256 -sign` (ECDSA). Else nothing of it is unpacked or run: exit status 4.",
       .options = {flag("trust", "trust it as well, as `plugin trust` does"),
                   sha256_of("library or archive"),
                   path("signature", "FILE", "detached signature of the library or archive"),
                   path("key", "FILE", "public keys to accept: PEM, or OpenSSH's lines"),
                   flag("yes", "do it without asking")},
       .examples = {{"a library", "plugin install ./corp-ca.so"},
                    {"what was reviewed, for CI",
                     "plugin install ./corp-ca.tar.gz --trust --sha256 HASH"},
                    {"an archive that its author signed",
                     "plugin install ./corp-ca.tar.gz --signature corp-ca.tar.gz.sig --key "
                     "author.pub"},
                    {"and trust it, without a question",
                     "plugin install ./corp-ca.so --trust --yes"}},
       .groups = {Group::output},
       .positional = "PATH"},
      {.words = {"plugin", "list"},
       .summary = "List the installed plugins",
       .details = "Reads the manifests that lie beside the plugins' libraries and loads none of "
                  "them. Says which plugins cannot be used, and why.",
       .examples = {{"what is installed", "plugin list"},
                    {"with the libraries' paths", "plugin list -o wide"}},
       .groups = {Group::output}},
      {.words = {"plugin", "new"},
       .summary = "Begin a plugin of your own",
       .details = "Writes a project that builds with its language's own tool, has a test, and does "
                  "something at once; its README.md says how to go on. NAME is the plugin's name, "
                  "and the folder's if --output-dir is not given.",
       .options = {text("point", "POINT", "what it is to be", "",
                        {"ca/1", "dns/1", "check/1", "command/1"}),
                   text("lang", "LANGUAGE", "what it is written in", "",
                        {"cpp", "c", "rust", "go"}),
                   path("output-dir", "FOLDER", "where to write it")},
       .examples = {{"a certificate authority", "plugin new my-ca --point ca/1 --lang go"},
                    {"a check, in a folder of another name",
                     "plugin new my-check --point check/1 --lang cpp --output-dir src"}},
       .groups = {Group::output},
       .positional = "NAME"},
      {.words = {"plugin", "remove"},
       .summary = "Take an installed plugin away",
       .details = "Removes what `plugin install` made, and trusts it no more. What the plugin "
                  "stored, such as the keys of a certificate authority, is kept.",
       .examples = {{"take it away", "plugin remove corp-ca"},
                    {"for a script", "plugin remove corp-ca -o name"}},
       .groups = {Group::output},
       .positional = "NAME"},
      {.words = {"plugin", "trust"},
       .summary = "Let a plugin's code run, as it is now",
       .details =
           "Shows what the plugin is and what it may do, asks, and pins the SHA-256 of its "
           "library. If the file is another one later it is refused until it is trusted again. The "
           "plugin runs in a process of its own, which may do only what is shown.\n\n--sha256 "
           "names the bytes and is the answer: a library with another hash is refused (exit "
           "status 4). --show-changes prints the rights gained (+) and lost (-) since the plugin "
           "was trusted last, and trusts nothing; exit status 1 if there are any.",
       .options = {sha256_of("library"),
                   flag("show-changes", "rights gained and lost since it was trusted"),
                   flag("yes", "do it without asking")},
       .examples = {{"after a look at it", "plugin trust corp-ca"},
                    {"what was reviewed, for CI", "plugin trust corp-ca --sha256 HASH"},
                    {"what a new version may do beyond the old one",
                     "plugin trust corp-ca --show-changes"},
                    {"without a question", "plugin trust corp-ca --yes"}},
       .groups = {Group::output},
       .positional = "NAME"},
      {.words = {"plugin", "untrust"},
       .summary = "Let a plugin's code run no more",
       .details = "Takes back what `plugin trust` allowed. The plugin stays installed.",
       .examples = {{"take it back", "plugin untrust corp-ca"},
                    {"for a script", "plugin untrust corp-ca -o name"}},
       .groups = {Group::output},
       .positional = "NAME"}};
}

}  // namespace mesh
