// A plugin in order but for what its verbs do: one row for each way of breaking the contract.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "manifest.h"

#include "mesh/plugin.h"

namespace {

struct Call {
  const mesh_host* host;
  const mesh_sink* reply;
  std::string request;

  std::int32_t answer(const std::string& text, std::int32_t code = MESH_OK) const {
    const std::int32_t written = reply->write(reply->ctx, text.data(), text.size());
    return written == MESH_OK ? code : written;
  }
};

void sleep_ms(std::int64_t span) {
  std::this_thread::sleep_for(std::chrono::milliseconds(span));
}

std::int32_t behaves(const Call& call) {
  return call.answer(R"({"fine":true})");
}

// ---- answers that are none

std::int32_t throws(const Call&) {
  throw std::runtime_error("boom");
}

std::int32_t throws_a_number(const Call&) {
  throw 42;
}

std::int32_t sleeps_past_its_deadline(const Call& call) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  sleep_ms(static_cast<std::int64_t>(call.host->deadline(call.host->ctx)) - now.count() + 500);
  return call.answer("{}");
}

std::int32_t answers_65_mib(const Call& call) {
  return call.answer("\"" + std::string(std::size_t{65} << 20U, 'x') + "\"");
}

std::int32_t answers_65_mib_in_pieces(const Call& call) {
  const std::string piece(std::size_t{1} << 20U, ' ');
  for (int count = 0; count < 65; ++count) call.answer(piece);
  return call.answer("{}", MESH_OK), MESH_OK;
}

std::int32_t answers_invalid_utf8(const Call& call) {
  return call.answer("{\"text\":\"\xc3\x28\xff\"}");
}

std::int32_t answers_invalid_json(const Call& call) {
  return call.answer("{\"text\": nope}");
}

std::int32_t answers_too_deep(const Call& call) {
  return call.answer(std::string(100'000, '[') + std::string(100'000, ']'));
}

std::int32_t answers_nothing(const Call&) {
  return MESH_OK;
}

std::int32_t fails_without_saying_why(const Call&) {
  return MESH_FAILED;
}

std::int32_t fails_in_prose(const Call& call) {
  return call.answer("it did not work", MESH_FAILED);
}

std::int32_t returns_an_unknown_code(const Call&) {
  return 4711;
}

std::int32_t gives_up(const Call&) {
  return MESH_CANCELLED;
}

std::int32_t does_not_know_the_verb(const Call&) {
  return MESH_UNSUPPORTED;
}

std::int32_t prints_to_stdout(const Call& call) {
  std::puts("noise");
  std::fflush(stdout);
  std::fputs("complaint\n", stderr);
  return behaves(call);
}

std::int32_t floods_stderr(const Call& call) {
  for (int line = 0; line < 100'000; ++line) std::fputs("complaint without an end\n", stderr);
  return behaves(call);
}

// ---- ends of a process

int below(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  if (depth < 0) return 0;  // never; without it the compiler would refuse this
  return below(depth + 1) + room[0];
}

std::int32_t crashes(const Call&) {
  std::raise(SIGSEGV);
  return MESH_OK;
}

std::int32_t aborts(const Call&) {
  std::abort();
}

std::int32_t exits_with_0(const Call&) {
  std::exit(0);
}

std::int32_t loops(const Call&) {
  for (volatile bool forever = true; forever;) {
  }
  return MESH_OK;
}

std::int32_t loops_and_ignores_term(const Call& call) {
  std::signal(SIGTERM, SIG_IGN);
  return loops(call);
}

std::int32_t forks_a_child_that_stays(const Call& call) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  return call.answer("{\"child\":" + std::to_string(child) + "}");
}

std::int32_t exits_and_leaves_a_child(const Call&) {
  if (::fork() == 0) {
    for (;;) ::pause();
  }
  ::_exit(0);
}

std::int32_t closes_all_descriptors(const Call& call) {
  for (int number = 0; number < 1024; ++number) ::close(number);
  return behaves(call);
}

std::int32_t writes_garbage_to_all_descriptors(const Call& call) {
  const std::string garbage(64, '\xff');
  for (int number = 3; number < 64; ++number) {
    if (::write(number, garbage.data(), garbage.size()) < 0) continue;
  }
  return behaves(call);
}

std::int32_t overflows_the_stack(const Call&) {
  return below(0);
}

// ---- manners that a helper must have

/// Answers what it sees of its surroundings.
std::int32_t looks_around(const Call& call) {
  std::string open;
  for (int number = 0; number < 256; ++number) {
    if (::fcntl(number, F_GETFD) >= 0) open += (open.empty() ? "" : ",") + std::to_string(number);
  }
  const char* secret = std::getenv("MESH_TEST_SECRET");
  const char* language = std::getenv("LC_TIME");
  return call.answer("{\"open\":[" + open +
                     "],\"secret\":" + (secret != nullptr ? "true" : "false") +
                     ",\"language\":" + (language != nullptr ? "true" : "false") +
                     ",\"leader\":" + (::getpgrp() == ::getpid() ? "true" : "false") +
                     ",\"process\":" + std::to_string(::getpid()) + "}");
}

std::int32_t waits_until_cancelled(const Call& call) {
  while (call.host->cancelled(call.host->ctx) == 0) sleep_ms(10);
  return MESH_CANCELLED;
}

/// How long stop() takes, in milliseconds: the request is a number.
std::int64_t& time_to_stop() {
  static std::int64_t span = 0;
  return span;
}

std::int32_t takes_its_time_to_stop(const Call& call) {
  time_to_stop() = std::stoll(call.request);
  return behaves(call);
}

struct Row {
  const char* verb;
  std::int32_t (*run)(const Call&);
};
constexpr Row k_rows[] = {
    {"behaves", behaves},
    {"throws", throws},
    {"throws-a-number", throws_a_number},
    {"sleeps-past-its-deadline", sleeps_past_its_deadline},
    {"answers-65-mib", answers_65_mib},
    {"answers-65-mib-in-pieces", answers_65_mib_in_pieces},
    {"answers-invalid-utf8", answers_invalid_utf8},
    {"answers-invalid-json", answers_invalid_json},
    {"answers-too-deep", answers_too_deep},
    {"answers-nothing", answers_nothing},
    {"fails-without-saying-why", fails_without_saying_why},
    {"fails-in-prose", fails_in_prose},
    {"returns-an-unknown-code", returns_an_unknown_code},
    {"gives-up", gives_up},
    {"does-not-know-the-verb", does_not_know_the_verb},
    {"prints-to-stdout", prints_to_stdout},
    {"floods-stderr", floods_stderr},
    {"crashes", crashes},
    {"aborts", aborts},
    {"exits-with-0", exits_with_0},
    {"loops", loops},
    {"loops-and-ignores-term", loops_and_ignores_term},
    {"forks-a-child-that-stays", forks_a_child_that_stays},
    {"exits-and-leaves-a-child", exits_and_leaves_a_child},
    {"closes-all-descriptors", closes_all_descriptors},
    {"writes-garbage-to-all-descriptors", writes_garbage_to_all_descriptors},
    {"overflows-the-stack", overflows_the_stack},
    {"looks-around", looks_around},
    {"waits-until-cancelled", waits_until_cancelled},
    {"waits-for-its-timeout", waits_until_cancelled},
    {"outstays-its-timeout", sleeps_past_its_deadline},
    {"takes-its-time-to-stop", takes_its_time_to_stop},
};

std::int32_t start(const mesh_host*, void**, const mesh_sink*) {
  return MESH_OK;
}

std::int32_t invoke(void*, const mesh_host* host, mesh_text, mesh_text verb, mesh_text request,
                    const mesh_sink* reply) {
  const std::string wanted(verb.ptr, verb.len);
  for (const Row& row : k_rows) {
    if (wanted == row.verb) return row.run({host, reply, {request.ptr, request.len}});
  }
  return MESH_UNSUPPORTED;
}

void stop(void*) {
  sleep_ms(time_to_stop());
}

}  // namespace

extern "C" MESH_EXPORT const mesh_plugin* kubectl_mesh_plugin_v1(void) {
  static const mesh_plugin plugin{MESH_PLUGIN_MAGIC,
                                  sizeof(mesh_plugin),
                                  MESH_ABI_MAJOR,
                                  MESH_ABI_MINOR,
                                  {BAD_MANIFEST, sizeof(BAD_MANIFEST) - 1},
                                  start,
                                  invoke,
                                  stop};
  return &plugin;
}
