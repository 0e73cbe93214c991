// SPDX-License-Identifier: GPL-2.0-or-later
// ZeroedArray: a large array whose memory the kernel gives only as it is touched.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace iptraf {

/// `size` elements of all-zero bytes, which must be a value of T. A table that never fills costs what it holds.
/// Throws std::bad_alloc.
template <typename T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t));

 public:
  explicit ZeroedArray(std::size_t size)
      : data_(static_cast<T*>(std::calloc(size == 0 ? 1 : size, sizeof(T)))), size_(size) {
    if (!data_) throw std::bad_alloc();
  }

  std::size_t size() const noexcept { return size_; }
  T* data() noexcept { return data_.get(); }
  const T* data() const noexcept { return data_.get(); }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }

 private:
  struct Free {
    void operator()(T* memory) const noexcept { std::free(memory); }
  };

  std::unique_ptr<T[], Free> data_;
  std::size_t size_;
};

}  // namespace iptraf
