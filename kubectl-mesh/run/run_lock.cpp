#include "run/run_lock.hpp"

#include <algorithm>
#include <ctime>

#include "base/cancel.hpp"
#include "base/parallel.hpp"
#include "plan/lease.hpp"

namespace mesh {

namespace {

constexpr std::chrono::milliseconds k_pause{1000};

/// Of a clock that goes on while the machine sleeps.
std::int64_t seconds_since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return time.tv_sec;
}

/// Two runs that begin with the same cluster never hold one each and wait for the other.
std::vector<std::string> by_uid(const Identities& identities) {
  std::vector<std::pair<std::string, std::string>> clusters;
  for (const auto& [name, identity] : identities.known) clusters.emplace_back(identity.uid, name);
  std::sort(clusters.begin(), clusters.end());
  std::vector<std::string> names;
  for (auto& [uid, name] : clusters) names.push_back(std::move(name));
  return names;
}

}  // namespace

struct RunLock::Held {
  Lease lease;
  std::mutex mutex{};  ///< of all that is here
  bool taken = false;
  std::int64_t renewed = 0;        ///< seconds since boot
  std::optional<Problem> other{};  ///< the run that has it instead of us

  /// A server that does not answer is no other run: the next renewal may come.
  void renew() {
    const StopShield shield;
    try {
      lease.renew();
      renewed = seconds_since_boot();
    } catch (const Failure& failure) {
      if (failure.problem().code == "refused") other = failure.problem();
    }
  }

  /// One that cannot be given back runs out by itself.
  void release() {
    const StopShield shield;
    try {
      if (taken && !other) lease.release();
    } catch (const Failure&) {
    }
    taken = false;
    other.reset();
  }
};

RunLock::RunLock(Session& session, const Identities& identities, const std::string& run)
    : m_session(session) {
  const LeaseHolder holder = this_process(run, session.invocation().shown);
  for (const std::string& cluster : by_uid(identities))
    m_held.push_back(std::make_unique<Held>(Lease(cluster, holder, session.fleet())));
  const Deadline deadline = Deadline::in(session.invocation().lock_timeout);
  while (const std::optional<Problem> other = take_all()) {
    if (deadline.passed()) throw Failure(*other);
    m_waited = true;
    session.progress(other->cluster, "waiting: " + other->message);
    if (sleep_until_stop(k_pause, deadline)) check_stop();
  }
  m_thread = std::thread([this] { keep_alive(); });
}

RunLock::~RunLock() {
  {
    const std::scoped_lock lock(m_mutex);
    m_over = true;
  }
  m_end.notify_all();
  m_thread.join();
  release_all();
}

/// The first one decides between two runs that begin at once; the others are asked together. Who
/// does not get all of them keeps none: two runs that wait for each other would wait for ever.
std::optional<Problem> RunLock::take_all() try {
  std::optional<Problem> other;
  const auto take_from = [&](std::size_t begin, std::size_t end) {
    parallel_for(end - begin, m_session.fleet().width(),
                 [&](std::size_t at) { take(*m_held[begin + at]); });
    for (std::size_t at = begin; at < end && !other; ++at) other = m_held[at]->other;
  };
  const std::size_t first = std::min<std::size_t>(1, m_held.size());
  take_from(0, first);
  if (!other) take_from(first, m_held.size());
  if (other) release_all();
  return other;
} catch (...) {
  release_all();
  throw;
}

void RunLock::take(Held& held) try {
  held.other = held.lease.take();
  held.taken = !held.other;
  held.renewed = seconds_since_boot();
} catch (const Failure& failure) {
  const Problem& problem = failure.problem();
  if (problem.code != "forbidden" && problem.code != "missing") throw;
  m_session.quiet();
  tell("warning: " + problem.message +
       "; another run at the same time is not noticed before it has written\n");
}

void RunLock::each(const std::function<void(Held&)>& work) {
  parallel_for(m_held.size(), m_session.fleet().width(), [&](std::size_t at) {
    const std::scoped_lock lock(m_held[at]->mutex);
    work(*m_held[at]);
  });
}

void RunLock::release_all() {
  each([](Held& held) { held.release(); });
}

void RunLock::require(const std::string& cluster) {
  for (const std::unique_ptr<Held>& held : m_held) {
    if (held->lease.cluster() != cluster) continue;
    const std::scoped_lock lock(held->mutex);
    const std::int64_t silent = seconds_since_boot() - held->renewed;
    if (held->taken && !held->other && silent > Lease::k_duration.count()) held->renew();
    if (held->other) throw Failure(*held->other);
  }
}

void RunLock::keep_alive() {
  std::unique_lock lock(m_mutex);
  while (!m_end.wait_for(lock, Lease::k_renewal, [this] { return m_over; })) {
    lock.unlock();
    each([](Held& held) {
      if (held.taken && !held.other) held.renew();
    });
    lock.lock();
  }
}

}  // namespace mesh
