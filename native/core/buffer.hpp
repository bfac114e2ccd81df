// Zeroed memory on cache-line boundaries; large blocks ask for huge pages, which spares the address translation.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace clearprop {

template <class T>
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(std::size_t count) : count_(count), data_(allocate(count)) {}

    T* data() const { return data_.get(); }
    std::size_t size() const { return count_; }

  private:
    struct Free {
        void operator()(T* p) const { std::free(p); }
    };

    static T* allocate(std::size_t count) {
        constexpr std::size_t line = 64, huge = std::size_t{2} << 20;
        const std::size_t bytes = count * sizeof(T), boundary = bytes >= 2 * huge ? huge : line;
        const std::size_t whole = (bytes + boundary - 1) / boundary * boundary;
        void* p = std::aligned_alloc(boundary, whole ? whole : boundary);
        if (!p) throw std::bad_alloc();
#if defined(__linux__)
        if (boundary == huge) madvise(p, whole, MADV_HUGEPAGE);
#endif
        std::memset(p, 0, whole);
        return static_cast<T*>(p);
    }

    std::size_t count_ = 0;
    std::unique_ptr<T[], Free> data_;
};

}  // namespace clearprop
