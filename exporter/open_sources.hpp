// SPDX-License-Identifier: GPL-2.0-or-later
// open_sources(): the ring or the capture file that the options ask for.
#pragma once

#include <memory>

#include "capture/step_barrier.hpp"
#include "config/config.hpp"
#include "options.hpp"
#include "pipeline.hpp"

namespace iptraf {

/// One source for each capture thread of the configuration. `barrier` is for those of a capture file; null: none.
/// Throws capture::CaptureError and capture::FilterError.
Sources open_sources(const Options& options, const config::Capture& capture, DeviceTable& devices,
                     const std::shared_ptr<capture::StepBarrier>& barrier = nullptr);

}  // namespace iptraf
