#include "releases.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "revisions.hpp"
#include <openssl/evp.h>

#include "mesh/offered.hpp"

namespace mesh::helm {

namespace {

constexpr std::size_t k_file_max = std::size_t{1} << 20U;

struct ChartRow {
  const char* key;      ///< of `values` and `valueFiles` in mesh.yaml
  const char* release;  ///< nullptr: istiod, whose name the revision decides
  const char* chart;
  Json (*values)(const Wanted&, const MeshView&, const Member&, const Followed&);
};

Json base_values(const Wanted&, const MeshView&, const Member&, const Followed& followed) {
  return {{"defaultRevision", shown_revision(followed.base)}};
}

Json istiod_values(const Wanted& wanted, const MeshView& mesh, const Member& member,
                   const Followed&) {
  Json values{{"global",
               {{"meshID", mesh.id},
                {"multiCluster", {{"clusterName", member.name}}},
                {"network", member.network}}},
              {"meshConfig", {{"trustDomain", mesh.trust_domain}}}};
  if (wanted.name_space != "istio-system") values["global"]["istioNamespace"] = wanted.name_space;
  if (!wanted.revision.empty()) values["revision"] = wanted.revision;
  return values;
}

Json gateway_values(const Wanted&, const MeshView&, const Member& member,
                    const Followed& followed) {
  Json values{{"name", k_gateway}, {"networkGateway", member.network}};
  if (!followed.gateway.empty()) values["revision"] = followed.gateway;
  return values;
}

constexpr std::array<ChartRow, 3> k_charts{{{"base", k_base, "base", base_values},
                                            {"istiod", nullptr, "istiod", istiod_values},
                                            {"gateway", k_gateway, "gateway", gateway_values}}};

bool is_url(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

/// A folder holds charts as folders, or as NAME-VERSION.tgz.
std::string local_chart(const std::filesystem::path& folder, const std::string& name,
                        const std::string& version) {
  const std::filesystem::path unpacked = folder / name;
  if (std::filesystem::exists(unpacked / "Chart.yaml")) return unpacked.string();
  const std::filesystem::path archive = folder / (name + "-" + version + ".tgz");
  if (!version.empty() && std::filesystem::exists(archive)) return archive.string();
  throw Failure(
      "invalid-input", "no chart " + name + " in " + folder.string(),
      "it holds neither " + name + "/Chart.yaml nor " +
          (version.empty() ? name + "-VERSION.tgz (say --version)" : archive.filename().string()));
}

ChartRef chart_of(const Wanted& wanted, const std::string& name) {
  if (wanted.charts.starts_with("oci://")) return {wanted.charts + "/" + name, "", wanted.version};
  if (is_url(wanted.charts)) return {name, wanted.charts, wanted.version};
  return {local_chart(wanted.charts, name, wanted.version), "", ""};
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Failure("invalid-input", "the values file " + path + " cannot be read",
                  "correct helm.valueFiles in mesh.yaml, or --values-file");
  }
  std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (content.size() <= k_file_max) return content;
  throw Failure("invalid-input", "the values file " + path + " is larger than 1 MiB");
}

/// Short enough for a label, long enough to tell two sets of inputs apart.
std::string fingerprint(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  constexpr std::size_t k_bytes = 16;
  constexpr const char* k_hex = "0123456789abcdef";
  std::string text;
  for (std::size_t at = 0; at < k_bytes; ++at) {
    text += k_hex[digest[at] >> 4U];
    text += k_hex[digest[at] & 15U];
  }
  return text;
}

/// A chart in a folder changes without its name: its own file tells, as far as it goes.
std::string chart_state(const ChartRef& chart) {
  const std::filesystem::path file = std::filesystem::path(chart.name) / "Chart.yaml";
  return chart.repository.empty() && std::filesystem::exists(file) ? content_of(file.string()) : "";
}

std::vector<std::string> files_of(const Wanted& wanted, const char* key) {
  std::vector<std::string> files;
  for (const Json& file : wanted.value_files.value(key, Json::array())) {
    if (!file.is_string()) {
      throw Failure("invalid-input",
                    std::string("helm.valueFiles.") + key + " holds what is no path");
    }
    files.push_back(std::filesystem::absolute(file.get<std::string>()).lexically_normal());
  }
  return files;
}

}  // namespace

std::string chart_version(const ChartRef& chart) {
  if (!chart.version.empty()) return chart.version;
  const std::string text = "\n" + chart_state(chart);
  const std::string key = "\nversion:";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return "";
  std::string version = text.substr(at + key.size());
  version = version.substr(0, version.find('\n'));
  std::erase_if(version, [](char c) { return c == ' ' || c == '"' || c == '\''; });
  return version;
}

Wanted wanted_of(const CommandRequest& request) {
  const Json& settings = request.settings;
  Wanted wanted;
  const auto take = [&](const char* name, std::string& to) {
    to = request.text(name, settings.value(name, to));
  };
  take("driver", wanted.driver);
  take("charts", wanted.charts);
  take("version", wanted.version);
  take("istio-namespace", wanted.name_space);
  take("revision", wanted.revision);
  if (wanted.revision == k_default_revision) wanted.revision.clear();
  std::string followed;
  take("default-revision", followed);
  if (!followed.empty()) wanted.default_revision = followed == k_default_revision ? "" : followed;
  const bool remote = is_url(wanted.charts) || wanted.charts.starts_with("oci://");
  if (wanted.version.empty() && remote) wanted.version = k_version;
  if (!remote) wanted.charts = std::filesystem::absolute(wanted.charts).lexically_normal();
  wanted.values = settings.value("values", Json::object());
  wanted.value_files = settings.value("valueFiles", Json::object());
  // One file of the command line is for istiod, the chart that is tuned.
  for (const Json& file : request.options.value("values-file", Json::array())) {
    wanted.value_files["istiod"].push_back(file);
  }
  wanted.settings = {{"heal", request.flag("heal")}, {"adopt", request.flag("adopt")}};
  wanted.settings["binary"] = request.text("helm", settings.value("binary", std::string("helm")));
  return wanted;
}

HelmDriverClient driver_of(const Wanted& wanted, const Host& host) {
  return HelmDriverClient(require_offered(host, "helm-driver/1", wanted.driver), host);
}

std::vector<Release> releases_of(const Wanted& wanted, const MeshView& mesh, const Member& member,
                                 const Followed& followed) {
  std::vector<Release> releases;
  for (const ChartRow& row : k_charts) {
    Release release;
    release.cluster = member.context;
    release.name = row.release == nullptr ? istiod_name(wanted.revision) : row.release;
    release.name_space = wanted.name_space;
    release.chart = chart_of(wanted, row.chart);
    release.values = row.values(wanted, mesh, member, followed);
    release.values.merge_patch(wanted.values.value(row.key, Json::object()));
    release.value_files = files_of(wanted, row.key);
    std::string inputs = release.chart.name + "\n" + release.chart.repository + "\n" +
                         release.chart.version + "\n" + chart_state(release.chart) + "\n" +
                         to_text(release.values);
    for (const std::string& file : release.value_files) inputs += "\n" + content_of(file);
    release.inputs = fingerprint(inputs);
    releases.push_back(std::move(release));
  }
  return releases;
}

}  // namespace mesh::helm
