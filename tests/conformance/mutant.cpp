// The C edge, and what a plugin can do wrong there.

#include "mutant.hpp"

#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace mutant {

namespace {

/// The test writes a rule's id over the marks.
const volatile char k_rule[48] = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";

int g_starts = 0;
std::thread::id g_starter;

std::string text(mesh_text part) {
  return {part.ptr, part.len};
}

mesh_text borrowed(std::string_view part) {
  return {part.data(), part.size()};
}

std::int32_t append(void* to, const char* bytes, std::uint64_t size) {
  static_cast<std::string*>(to)->append(bytes, size);
  return MESH_OK;
}

void sleep_for(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

std::uint64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

bool in_helper() {
  std::ifstream words("/proc/self/cmdline");
  const std::string all{std::istreambuf_iterator<char>(words), {}};
  return all.find("__plugin") != std::string::npos;
}

/// What a rule forbids, done at the beginning of every invoke.
struct Misdeed {
  const char* rule;
  void (*commit)(const mesh_host* host, const std::string& request);
};

void use_host_later(const mesh_host* host, const std::string&) {
  if (host->ctx != nullptr) return;  // any other host is gone by then
  std::thread([host] {
    sleep_for(5);
    host->cancelled(host->ctx);
  }).detach();
}

void go_on_although_cancelled(const mesh_host* host, const std::string&) {
  if (host->ctx != nullptr && host->deadline(host->ctx) > now() + 2000 &&
      host->cancelled(host->ctx) != 0) {
    sleep_for(1500);
  }
}

void go_on_after_the_deadline(const mesh_host* host, const std::string&) {
  if (host->ctx != nullptr && host->deadline(host->ctx) < now() + 1000) sleep_for(1500);
}

void want_much_memory(const mesh_host*, const std::string&) {
  void* memory = std::malloc(std::size_t{256} << 20U);
  if (memory == nullptr) std::abort();
  *static_cast<volatile char*>(memory) = 1;
  std::free(memory);
}

void want_a_socket(const mesh_host*, const std::string&) {
  const int number = ::socket(AF_INET, SOCK_DGRAM, 0);
  if (number < 0) std::abort();
  ::close(number);
}

std::string text_with_key() {
  return "signed with -----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG\n-----END PRIVATE KEY-----\n";
}

void tell_a_key(const mesh_host* host, const std::string&) {
  if (host->ctx == nullptr || way() == "note" || way() == "setting") return;
  const bool steps = breaks("documents/secrets", "progress");
  std::string reply;
  const Call call{host, {}, {}};
  call.call(steps ? "progress/1" : "log/1", steps ? "step" : "write", {{"text", text_with_key()}},
            reply);
}

constexpr Misdeed k_misdeeds[] = {
    {"manners/silent", [](const mesh_host*, const std::string&) { std::puts("noise"); }},
    {"manners/host-afterwards", use_host_later},
    {"manners/cancelled", go_on_although_cancelled},
    {"manners/deadline", go_on_after_the_deadline},
    {"surroundings/signals",
     [](const mesh_host*, const std::string&) {
       std::signal(SIGTERM, way() == "go" ? [](int) {} : SIG_IGN);
     }},
    {"surroundings/folder",
     [](const mesh_host*, const std::string&) {
       if (::chdir("/") != 0) std::abort();
     }},
    {"surroundings/umask", [](const mesh_host*, const std::string&) { ::umask(0); }},
    {"surroundings/locale",
     [](const mesh_host*, const std::string&) { std::setlocale(LC_ALL, "C.UTF-8"); }},
    {"surroundings/environment",
     [](const mesh_host*, const std::string&) { ::setenv("MUTANT", "1", 1); }},
    {"surroundings/descriptors",
     [](const mesh_host*, const std::string&) {
       if (::open("/dev/null", O_RDONLY) < 0) std::abort();
     }},
    {"documents/secrets", tell_a_key},
    {"limits/memory", want_much_memory},
    {"limits/network", want_a_socket},
    {"limits/leak",
     [](const mesh_host*, const std::string& request) {
       static_cast<void>(new std::string(request));
     }},
};

/// Answers that differ where they should not; only of `command/1:mutant show`.
bool answers_otherwise(const std::string& request) {
  static std::string last;
  const bool again = request == std::exchange(last, request);
  return (breaks("manners/repeatable") && again && g_starts == 1 &&
          std::this_thread::get_id() == g_starter) ||
         (breaks("manners/restart") && g_starts > 1) ||
         (breaks("manners/threads") && std::this_thread::get_id() != g_starter) ||
         (breaks("manners/helper") && in_helper()) ||
         (breaks("documents/unknown-fields") &&
          request.find("xOfALaterVersion") != std::string::npos);
}

/// Requests that an answer which is none is given to.
bool answers_nonsense(const std::string& text, const Json& request) {
  return (breaks("documents/odd") && text.find("\xc3\xbc") != std::string::npos) ||
         (breaks("documents/bad") && request == Json::object()) ||
         (breaks("documents/large") && text.size() > (std::size_t{1} << 20U)) ||
         (breaks("documents/no-json") && request.is_discarded()) ||
         (breaks("command/ahead") && request.is_object() && request.value("ahead", false));
}

struct Row {
  const char* address;
  const char* verbs;  ///< with a blank around each
  Json (*answer)(const Call& call);
};
constexpr Row k_rows[] = {{"command/1:mutant", " change show ", command},
                          {"ca/1:mutant", " roots issue ", ca},
                          {"dns/1:mutant", " fit look plan remove ", dns},
                          {"exposure/1:mutant", " sync remove list ", exposure},
                          {"check/1:mutant", " run ", check},
                          {"helm-driver/1:mutant", " look install uninstall ", helm_driver},
                          {"overview/1:mutant", " detect status ", overview}};

const Row* row_of(const std::string& address, const std::string& verb) {
  for (const Row& row : k_rows) {
    const bool offered = std::string_view(row.verbs).find(" " + verb + " ") != std::string::npos;
    if (address == row.address && offered) return &row;
  }
  return nullptr;
}

std::int32_t write(const mesh_sink* sink, const std::string& text, std::int32_t code) {
  if (breaks("manners/full-sink")) {
    const std::size_t half = text.size() / 2;
    sink->write(sink->ctx, text.data(), half);
    sink->write(sink->ctx, text.data() + half, text.size() - half);
    return code;
  }
  const std::int32_t written = sink->write(sink->ctx, text.data(), text.size());
  return written == MESH_OK ? code : written;
}

std::int32_t refuse(const mesh_sink* sink, const std::string& message) {
  const Json problem{{"code", "invalid-input"}, {"message", message}};
  return write(sink, breaks("documents/problem") ? "it did not work" : problem.dump(), MESH_FAILED);
}

Json answer(const Row& row, const Call& call, const std::string& text) {
  static int depth = 0;
  struct Inside {
    Inside() { ++depth; }
    ~Inside() { --depth; }
  } const inside;
  if (breaks("manners/entered-again") && depth > 1) throw Refused{"it is busy"};
  Json reply = row.answer(call);
  if (call.verb == "show" && breaks("documents/secrets", "note"))
    reply["notes"] = Json::array({{{"text", "signed with password=correct-horse"}}});
  if (call.verb == "show" && breaks("documents/secrets", "setting"))
    reply["notes"] = Json::array({{{"text", "it works with " + token_of(call)}}});
  if (call.verb == "show" && depth == 1 && answers_otherwise(text))
    reply["items"].push_back("otherwise");
  return reply;
}

std::int32_t start(const mesh_host* host, void**, const mesh_sink*) {
  ++g_starts;
  g_starter = std::this_thread::get_id();
  if (breaks("manners/start")) {
    std::string reply;
    const mesh_sink sink{&reply, append};
    host->call(host->ctx, borrowed("clock/1"), borrowed("now"), borrowed("{}"), &sink);
  }
  return MESH_OK;
}

std::int32_t invoke(void*, const mesh_host* host, mesh_text extension, mesh_text verb,
                    mesh_text request, const mesh_sink* reply) try {
  const std::string asked = text(request);
  for (const Misdeed& misdeed : k_misdeeds) {
    if (breaks(misdeed.rule)) misdeed.commit(host, asked);
  }
  const Row* row = row_of(text(extension), text(verb));
  if (row == nullptr) {
    return breaks("documents/unsupported") ? refuse(reply, "what is that?") : MESH_UNSUPPORTED;
  }
  const Json document = Json::parse(asked, nullptr, false);
  if (answers_nonsense(asked, document)) return write(reply, "nonsense", MESH_OK);
  if (!document.is_object()) return refuse(reply, "the request is no object");
  if (host->ctx != nullptr && host->cancelled(host->ctx) != 0) return MESH_CANCELLED;
  return write(reply, answer(*row, {host, text(verb), document}, asked).dump(), MESH_OK);
} catch (const Refused& refused) {
  return refuse(reply, refused.message);
} catch (const std::exception& error) {
  return refuse(reply, error.what());
}

mesh_plugin plugin_with(const std::string& manifest) {
  return {MESH_PLUGIN_MAGIC - (breaks("library/loads") ? 1 : 0),
          sizeof(mesh_plugin),
          MESH_ABI_MAJOR,
          MESH_ABI_MINOR,
          borrowed(manifest),
          start,
          invoke,
          nullptr};
}

}  // namespace

bool breaks(std::string_view rule) {
  for (std::size_t at = 0; at < rule.size(); ++at) {
    if (k_rule[at] != rule[at]) return false;
  }
  return k_rule[rule.size()] == '\0' || k_rule[rule.size()] == '+';
}

std::string way() {
  std::string text;
  for (std::size_t at = 0; k_rule[at] != '\0'; ++at) text += k_rule[at];
  const std::size_t plus = text.find('+');
  return plus == std::string::npos ? "" : text.substr(plus + 1);
}

bool breaks(std::string_view rule, std::string_view wanted) {
  return breaks(rule) && way() == wanted;
}

std::int32_t Call::call(const char* service, const char* asked, const Json& document,
                        std::string& reply) const {
  const mesh_sink sink{&reply, append};
  const std::string text = document.dump();
  return host->call(host->ctx, borrowed(service), borrowed(asked), borrowed(text), &sink);
}

Json Call::ask(const char* service, const char* asked, const Json& document) const {
  std::string reply;
  if (call(service, asked, document, reply) != MESH_OK) throw Refused{"the host does not answer"};
  return Json::parse(reply);
}

Json Call::object(const std::string& cluster, const char* api, const char* kind, const char* space,
                  const char* name) const {
  const Json reads{{"reads",
                    {{{"cluster", cluster},
                      {"apiVersion", api},
                      {"kind", kind},
                      {"namespace", space},
                      {"name", name}}}}};
  return ask("kube.read/1", "read", reads).at("results").at(0).value("object", Json());
}

}  // namespace mutant

extern "C" MESH_EXPORT const mesh_plugin* kubectl_mesh_plugin_v1(void) {
  static int calls = 0;
  static const std::string manifest = mutant::manifest().dump();
  static const std::string other = manifest + " ";
  static const mesh_plugin plugin = mutant::plugin_with(manifest);
  static const mesh_plugin changed = mutant::plugin_with(other);
  return ++calls > 1 && mutant::breaks("library/constant") ? &changed : &plugin;
}
