// SPDX-License-Identifier: GPL-2.0-or-later
// open_sources(): the ring or the capture file that the options ask for.
#include "open_sources.hpp"

#include "capture/file_source.hpp"
#include "capture/link_types.hpp"
#include "capture/ring_source.hpp"

namespace iptraf {
namespace {

Sources open_file(const Options& options, const config::Capture& capture, DeviceTable& devices,
                  const std::shared_ptr<capture::StepBarrier>& barrier) {
  capture::FileSettings settings;
  settings.path = *options.capture_file;
  settings.filter = capture.filter;
  settings.local = options.capture_local;
  settings.replay = options.capture_replay;
  settings.is_looped = options.capture_loop;
  settings.barrier = barrier;
  Sources sources;
  for (std::uint32_t i = 0; i < capture.threads; ++i) {
    settings.shard = {i, capture.threads};
    auto source = std::make_unique<capture::FileSource>(settings);
    const LinkKind kind = capture::link_kind_of(source->link_type());
    source->set_device(devices.admit(capture_device_label(options), kind, capture.file_mtu, true));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace

Sources open_sources(const Options& options, const config::Capture& capture, DeviceTable& devices,
                     const std::shared_ptr<capture::StepBarrier>& barrier) {
  if (options.capture_file) return open_file(options, capture, devices, barrier);
  Sources sources;
  for (auto& source : capture::RingSource::open_shards(capture, devices)) sources.push_back(std::move(source));
  return sources;
}

}  // namespace iptraf
