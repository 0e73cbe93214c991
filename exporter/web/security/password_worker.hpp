// SPDX-License-Identifier: GPL-2.0-or-later
// PasswordWorker: runs bcrypt on a thread of its own, so that nobody who has logged in already waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace iptraf::web {

/// Runs from start() to stop() or destruction; checks one password at a time, with less right to a processor than
/// others. Those of the network that has fewest waiting come first, so that who guesses keeps others waiting for the
/// one check that runs and no longer.
class PasswordWorker {
 public:
  enum class Verdict { kRight, kWrong, kNotChecked };

  /// A question; `answer` is called once, on the worker's thread.
  struct Question {
    std::uint64_t network = 0;  ///< of the client, see peer_network()
    std::string password;
    std::string hash;
    std::function<void(Verdict)> answer;
  };

  /// At most `max_waiting` questions wait. One more pushes out the latest of the network that has most.
  explicit PasswordWorker(std::size_t max_waiting) : max_waiting_(max_waiting) {}
  ~PasswordWorker() { stop(); }
  PasswordWorker(const PasswordWorker&) = delete;
  PasswordWorker& operator=(const PasswordWorker&) = delete;

  void start();

  /// False, and nothing happens: enough of its network wait already, or there is no memory. Whoever it pushes out is
  /// answered with kNotChecked on this thread. Any thread.
  bool ask(Question question) noexcept;

  /// Waits for the check that runs, answers the others with kNotChecked, and takes no more. Once, by the owner.
  void stop();

 private:
  using Waiting = std::deque<Question>;

  std::size_t waiting_of(std::uint64_t network) const;
  Waiting::iterator latest_of_crowd();
  Waiting::iterator next();
  void run();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Waiting waiting_;  // the earliest first
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace iptraf::web
