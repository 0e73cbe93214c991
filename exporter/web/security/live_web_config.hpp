// SPDX-License-Identifier: GPL-2.0-or-later
// LiveWebConfig: the web configuration in effect, exchanged for a new one when its files change.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "web/security/web_policy.hpp"

namespace iptraf::web {

/// Any thread. New connections and requests take the policy of their moment; running ones keep theirs. Without a
/// restart, TLS is not turned on or off, and logins, the verification of clients and the check of their names are not
/// turned off.
class LiveWebConfig {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// Reads the file. Warnings go to the log. Throws config::ConfigError.
  explicit LiveWebConfig(std::string path);

  /// The policy in effect at `now`. Looks at most every kCheckPeriod whether a file has changed, and reads them again
  /// if so. Files that cannot be used change nothing; the log tells once for each change of theirs.
  std::shared_ptr<const WebPolicy> current(Moment now);

  /// What the files say now, for adopt(). Throws config::ConfigError, also for what needs a restart.
  std::shared_ptr<const WebPolicy> read() const;

  /// Puts a policy that read() gave into effect.
  void adopt(std::shared_ptr<const WebPolicy> policy);

  /// The file and those that it names, each also as the file that its links lead to. Taken at the start.
  const std::vector<std::string>& first_files() const { return first_files_; }

  /// Of the first reading, and so of all.
  bool has_tls() const { return has_tls_; }

  static constexpr std::chrono::seconds kCheckPeriod{1};

 private:
  std::shared_ptr<const WebPolicy> read(FileVersions& versions) const;
  std::vector<std::string> new_directory_problems(const FileVersions& versions) const;
  void check_protection(const WebPolicy& policy) const;
  void take_up(std::shared_ptr<const WebPolicy> policy, FileVersions versions);
  void look_for_change();

  const std::string path_;
  bool has_tls_ = false;
  std::vector<std::string> first_files_;
  mutable std::mutex mutex_;  // guards policy_, seen_ and next_check_
  std::shared_ptr<const WebPolicy> policy_;
  FileVersions seen_;  // judged already, good or bad
  Moment next_check_;
  std::mutex reading_;  // one thread reads at a time; taken before mutex_
};

}  // namespace iptraf::web
