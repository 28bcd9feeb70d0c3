#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "facts.hpp"
#include "folder_support.hpp"
#include "verbs.hpp"
#include "x509.hpp"
#include <catch2/catch.hpp>

// What the tests of the certs concern share: the `openssl` command as the judge and as the maker of
// bad certificates, and clusters that live in memory behind the plugin's host functions.

namespace mesh::certs::test {

namespace fs = std::filesystem;

/// A folder for the `openssl` command, which takes names as texts.
class Folder {
 public:
  std::string at(const std::string& name) const { return (m_folder.path() / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    return m_folder.write(name, text).string();
  }
  std::string read(const std::string& name) const { return mesh::test::content(at(name)); }

 private:
  mesh::test::TemporaryFolder m_folder;
};

/// Runs `openssl ARGUMENTS` and gives all that it said.
struct Said {
  int status;
  std::string text;
};
Said openssl(const std::string& arguments);
/// The same where it must work.
std::string openssl_ok(const std::string& arguments);

/// A certificate with its key, as `openssl req -x509` makes them.
struct Pair {
  std::string certificate, key;
};
/// `options`: of `openssl req`, "-newkey rsa:1024 -nodes -days 1 ...". Self-signed.
Pair made_by_openssl(const std::string& options);
/// A sound root of our own making.
Pair root_pair(const std::string& name = "Root CA", Time now = Time(), long days = 3650,
               const std::string& algorithm = "p256");
inline constexpr const char* k_p256 = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
inline constexpr const char* k_ca =
    "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign";

/// The present of all tests that do not say another.
Time present();

/// A set under `root`, as certs install would write it.
SigningSet set_under(const Pair& root, const std::string& cluster = "a", Time now = present(),
                     long days = 365);
/// Facts of a cluster that holds it and is ours.
ClusterFacts facts_with(const std::string& cluster, const SigningSet& set);
std::vector<Certificate> certificates(const std::string& pem);

/// Clusters in memory, a store and a clock, as a plugin sees them.
class Clusters {
 public:
  Clusters();
  Host host() { return Host(&m_functions); }

  void add(const std::string& cluster) {
    objects[cluster]["Namespace /kube-system"] = Json::object();
  }
  /// The plan, as the host would carry it out: stores first, then phase by phase. At most `steps`.
  int apply(const Plan& plan, int steps = 1'000'000);
  /// istiod of a cluster starts (anew): it spreads the root that it finds.
  void start_istiod(const std::string& cluster, bool multi_root = false);
  /// A Deployment with one pod and its sidecar, which has what istiod signs and spreads by then.
  void start_app(const std::string& cluster, const std::string& name,
                 const std::string& name_space = "default");
  /// Whether each proxy accepts what each other one presents.
  bool proxies_accept_each_other();
  /// The Secret of a cluster as it is, empty object if there is none.
  Json secret(const std::string& cluster) const;
  std::string secret_file(const std::string& cluster, const std::string& name) const;
  void set_secret(const std::string& cluster, const SigningSet& set, bool ours = true);

  Plan install(std::vector<std::string> names, Json options = Json::object(),
               Json settings = Json::object());
  /// While earlier components are not applied.
  Plan preview(std::vector<std::string> names, Json options = Json::object());
  Plan rotate(std::vector<std::string> names, const char* what, Json options = Json::object());
  /// `ending`: as a part of `down`.
  Plan remove(std::vector<std::string> names, Json options = Json::object(), bool ending = false);
  Report show(std::vector<std::string> names);
  Report trust(std::vector<std::string> names);
  Report verify(std::vector<std::string> names, Json options = Json::object());
  Report status(std::vector<std::string> names, Json options = Json::object());

  std::map<std::string, std::map<std::string, Json>> objects;  ///< "Secret istio-system/cacerts"
  std::map<std::string, std::string> files;                    ///< "FOLDER/NAME"
  std::map<std::string, ExtensionPtr> strategies;
  std::string everything_told;  ///< progress and log
  std::string unreadable;       ///< a cluster that answers with a problem
  std::size_t page = 500;
  Time now = present();
  std::map<std::string, SigningSet> istiods;  ///< by cluster: what istiod has read when it started
  std::map<std::string, ProxyCertificates> envoys;  ///< "CLUSTER/NAMESPACE/POD": what it holds
  bool forward = true;                              ///< port-forward is allowed
  std::size_t asked_proxies = 0;                    ///< how often
  /// What is required whenever something has changed.
  std::function<void()> after_each;

 private:
  static std::int32_t call(void* self, mesh_text service, mesh_text verb, mesh_text request,
                           const mesh_sink* reply);
  Json answer(const std::string& service, const std::string& verb, const Json& request);
  Json read(const Json& wanted);
  Json ask_pod(const Json& ask);
  void restart(const Action& action);
  void put(const std::string& cluster, Json object);
  CommandRequest request(const char* verb, std::vector<std::string> names, Json options,
                         Json settings = Json::object());
  std::string time_text() const { return date_text(now); }

  mesh_host m_functions{};
  int m_uids = 0;
};

/// The clusters of a mesh of two.
inline const std::vector<std::string> k_both{"a", "b"};

/// How many actions of the plan would change something.
std::size_t writes(const Plan& plan);

template <typename Work>
Problem problem_of(const Work& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.problem();
  }
  FAIL("no Failure was thrown");
  return {};
}

}  // namespace mesh::certs::test
