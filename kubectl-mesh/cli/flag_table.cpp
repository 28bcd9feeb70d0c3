#include "cli/command_table.hpp"

namespace mesh {

namespace {

using Group = FlagGroup;

/// Builds one row; the setters below keep the table readable.
struct Row : FlagRow {
  Row(Group of, std::string name, std::string value, std::string help) {
    group = of;
    option.name = std::move(name);
    option.type = value.empty() ? OptionType::flag : OptionType::text;
    option.value = std::move(value);
    option.help = std::move(help);
  }
  Row&& as(char short_form) && {
    letter = short_form;
    return std::move(*this);
  }
  Row&& is(OptionType type) && {
    option.type = type;
    return std::move(*this);
  }
  Row&& repeated() && {
    option.repeated = true;
    return std::move(*this);
  }
  Row&& one_of(std::vector<std::string> choices, std::string fallback) && {
    option.choices = std::move(choices);
    option.fallback = std::move(fallback);
    return std::move(*this);
  }
};

std::vector<FlagRow> clusters() {
  return {
      Row(Group::clusters, "contexts", "NAMES",
          "contexts of the clusters, parted by commas; 'game-*' is a pattern, -NAME leaves one out")
          .repeated(),
      Row(Group::clusters, "context", "NAME", "one context; without any, the current one"),
  };
}

std::vector<FlagRow> concern() {
  return {
      Row(Group::concern, "filename", "FILE",
          "mesh.yaml, which names clusters and settings; - is standard input")
          .as('f')
          .is(OptionType::path),
      Row(Group::concern, "set", "KEY=VALUE", "one setting of the concern or its strategy")
          .repeated(),
  };
}

std::vector<FlagRow> change() {
  return {
      Row(Group::change, "dry-run", "MODE",
          "client: show the plan; server: let the servers check it too; nothing is written")
          .one_of({"none", "client", "server"}, "none"),
      Row(Group::change, "diff", "",
          "show the plan with the content of what is created and deleted, and change nothing; exit "
          "code 1 if it would change something, as kubectl diff"),
      Row(Group::change, "yes", "", "change the clusters without asking").as('y'),
      Row(Group::change, "accept", "OBJECT",
          "with --yes: what a later part of the run may write although the plan does not announce "
          "it, as \"ConfigMap kube-system/coredns\" or only \"ConfigMap\"")
          .repeated(),
      Row(Group::change, "lock-timeout", "DURATION",
          "how long to wait for another run that changes the same clusters, as 30s or 5m; without "
          "it, refuse at once"),
      Row(Group::change, "output-dir", "FOLDER",
          "write the plan as files, a folder per cluster and apply.sh, and change nothing")
          .is(OptionType::path),
      Row(Group::change, "show-secrets", "", "show the values of Secrets in plan and manifests"),
  };
}

std::vector<FlagRow> output() {
  return {
      Row(Group::output, "output", "FORMAT", "output format; junit: of checks")
          .as('o')
          .one_of({"table", "wide", "json", "yaml", "name", "junit"}, "table"),
      Row(Group::output, "no-headers", "", "leave the line of headers out of tables"),
  };
}

std::vector<FlagRow> access() {
  return {
      Row(Group::access, "namespace", "NAME", "namespace, instead of the context's").as('n'),
      Row(Group::access, "cluster", "NAME", "cluster entry of the kubeconfig to use"),
      Row(Group::access, "user", "NAME", "user entry of the kubeconfig to use"),
      Row(Group::access, "server", "URL", "address of the API server").as('s'),
      Row(Group::access, "tls-server-name", "NAME", "name that the server's certificate must have"),
      Row(Group::access, "insecure-skip-tls-verify", "",
          "do not verify the server's certificate; insecure"),
      Row(Group::access, "allow-insecure-tls", "",
          "send private keys and tokens to servers that are not verified, in this run"),
      Row(Group::access, "certificate-authority", "FILE", "CA certificates of the API server")
          .is(OptionType::path),
      Row(Group::access, "client-certificate", "FILE", "client certificate").is(OptionType::path),
      Row(Group::access, "client-key", "FILE", "key of the client certificate")
          .is(OptionType::path),
      Row(Group::access, "token", "TOKEN",
          "bearer token; other users of this machine can see it in the list of processes"),
      Row(Group::access, "as", "USER", "user to impersonate"),
      Row(Group::access, "as-uid", "UID", "UID to impersonate"),
      Row(Group::access, "as-group", "GROUP", "group to impersonate").repeated(),
      Row(Group::access, "as-user-extra", "KEY=VALUE", "extra field of the user to impersonate")
          .repeated(),
      Row(Group::access, "disable-compression", "", "do not ask the servers to compress"),
      Row(Group::access, "request-timeout", "DURATION",
          "longest wait for one request, as 5s or 2m; 0 leaves it at 70s"),
      Row(Group::access, "timeout", "DURATION", "longest time for the whole run; 0 is no limit"),
  };
}

std::vector<FlagRow> global() {
  return {
      Row(Group::global, "kubeconfig", "FILE", "kubeconfig, instead of KUBECONFIG's")
          .is(OptionType::path),
      Row(Group::global, "color", "WHEN", "colors in the output")
          .one_of({"auto", "always", "never"}, "auto"),
      Row(Group::global, "v", "N", "how much to tell: 6 shows requests, 8 their bodies as well")
          .as('v')
          .is(OptionType::number),
      Row(Group::global, "allow-unsandboxed", "PLUGINS",
          "third-party plugins that run even if this kernel cannot confine them, comma-separated; "
          "unsafe")
          .repeated(),
      Row(Group::global, "help", "", "help for a command").as('h'),
  };
}

}  // namespace

const std::vector<FlagRow>& host_flags() {
  static const std::vector<FlagRow> rows = [] {
    std::vector<FlagRow> all;
    for (const auto& part : {clusters(), concern(), change(), output(), access(), global()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return rows;
}

}  // namespace mesh
