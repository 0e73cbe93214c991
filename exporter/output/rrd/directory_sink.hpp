// SPDX-License-Identifier: GPL-2.0-or-later
// DirectorySink: round-robin databases as files below one directory.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/file_descriptor.hpp"
#include "output/rrd/rrd_file.hpp"
#include "output/rrd/rrd_sink.hpp"

namespace iptraf::output {

/// A file that fails, or lacks a data source, is opened anew at the next step: so what mends it, such as room on the
/// disk, is noticed.
class DirectorySink final : public RrdSink {
 public:
  DirectorySink(const config::Rrd& settings, RrdStatus& status);

  void write(std::time_t seconds, const RoundRobinFiles& files) noexcept override;

 private:
  struct Target {
    std::optional<RrdFile> file;  ///< empty: to be opened
    std::optional<RoundRobinFile>
        previous;  ///< what was written last; empty: nothing that the next would count on from
  };

  bool holds_directory();
  void write_one(std::time_t seconds, const RoundRobinFile& values);
  void open(std::time_t seconds, const RoundRobinFile& values, const std::string& path, Target& target);

  const std::string directory_;
  const RrdLayout layout_;
  FileDescriptor lock_;                    ///< of the directory
  LockPatience patience_;                  ///< with other programs' locks of files
  std::map<std::string, Target> targets_;  ///< by path below the directory
};

}  // namespace iptraf::output
