#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/cancel.hpp"
#include "mesh/problem.hpp"

// For the two files that talk to a socket themselves (pod_stream.cpp, tls_probe.cpp).

namespace mesh {

/// Asynchronous operations of Boost.Asio one after the other, under one deadline, ended by a stop.
/// One that is left behind never runs its handler: the loop is not run again after a throw.
class AsioSteps {
 public:
  AsioSteps(std::string who, Deadline deadline) : m_who(std::move(who)), m_deadline(deadline) {}

  boost::asio::io_context& loop() { return m_loop; }
  Deadline deadline() const { return m_deadline; }

  /// `start` gets the handler to hand over. Answers how the operation ended.
  template <typename Start>
  boost::system::error_code attempt(const std::string& doing, const Start& start) {
    constexpr std::chrono::milliseconds k_look_around{100};  // how late a stop may be noticed
    bool done = false;
    boost::system::error_code outcome;
    start([&done, &outcome](boost::system::error_code error, const auto&...) {
      outcome = error;
      done = true;
    });
    m_loop.restart();
    while (!done) {
      check_stop();
      if (m_deadline.passed()) fail("deadline", doing + " took too long");
      m_loop.run_one_until(
          std::min(m_deadline.at(), std::chrono::steady_clock::now() + k_look_around));
    }
    return outcome;
  }

  /// The same, for what must succeed.
  template <typename Start>
  void step(const std::string& doing, const Start& start) {
    const boost::system::error_code error = attempt(doing, start);
    if (error) fail("unreachable", doing + " failed: " + error.message());
  }

  void connect(boost::asio::ip::tcp::socket& socket, const std::string& host,
               const std::string& port) {
    boost::asio::ip::tcp::resolver resolver(m_loop);
    boost::asio::ip::tcp::resolver::results_type places;
    step("looking " + host + " up", [&](auto handler) {
      resolver.async_resolve(
          host, port,
          [&places, handler](boost::system::error_code error, const auto& found) mutable {
            places = found;
            handler(error);
          });
    });
    step("connecting to " + host + ":" + port,
         [&](auto handler) { boost::asio::async_connect(socket, places, handler); });
    socket.set_option(boost::asio::ip::tcp::no_delay(true));
  }

  [[noreturn]] void fail(const char* code, const std::string& what) const {
    Problem problem;
    problem.code = code;
    problem.message = m_who + ": " + what;
    throw Failure(std::move(problem));
  }

 private:
  const std::string m_who;
  const Deadline m_deadline;
  boost::asio::io_context m_loop;
};

}  // namespace mesh
