// Arrays at the border and inside: views of Python's memory, and memory of the core's own.
//
// A view knows its shape, so kernels need no lengths beside their pointers; a debug build
// (build.py --debug) checks every index. Nothing here throws: the library is linked
// without the C++ runtime, so that it needs the C library alone.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "../core.h"
#include "span.hpp"

namespace nmc {

using i64 = std::int64_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using u32 = std::uint32_t;
using u8 = std::uint8_t;

// An array of T with Rank axes in C order that somebody else owns.
template <class T, int Rank>
class View {
public:
    T *data = nullptr;
    i64 shape[Rank] = {};

    View() = default;
    template <class Raw>
    explicit View(const Raw &raw) : data(raw.data) {
        for (int axis = 0; axis < Rank; ++axis) shape[axis] = raw.shape[axis];
    }

    i64 size() const {
        i64 product = 1;
        for (int axis = 0; axis < Rank; ++axis) product *= shape[axis];
        return product;
    }
    i64 length() const { return shape[0]; }
    Span<T> flat() const { return {data, size()}; }

    T &operator()(i64 i) const
        requires(Rank == 1)
    {
        NMC_CHECK(0 <= i && i < shape[0]);
        return data[i];
    }
    T &operator[](i64 i) const
        requires(Rank == 1)
    {
        return (*this)(i);
    }
    T &operator()(i64 i, i64 j) const
        requires(Rank == 2)
    {
        NMC_CHECK(0 <= i && i < shape[0] && 0 <= j && j < shape[1]);
        return data[i * shape[1] + j];
    }
    T &operator()(i64 i, i64 j, i64 k) const
        requires(Rank == 3)
    {
        NMC_CHECK(0 <= i && i < shape[0] && 0 <= j && j < shape[1] && 0 <= k && k < shape[2]);
        return data[(i * shape[1] + j) * shape[2] + k];
    }
    T &operator()(i64 i, i64 j, i64 k, i64 l) const
        requires(Rank == 4)
    {
        NMC_CHECK(0 <= i && i < shape[0] && 0 <= j && j < shape[1] && 0 <= k && k < shape[2] &&
                  0 <= l && l < shape[3]);
        return data[((i * shape[1] + j) * shape[2] + k) * shape[3] + l];
    }
    // The i-th entry along the first axis. A row of three coordinates: row(i).data[0 .. 2].
    View<T, Rank - 1> row(i64 i) const
        requires(Rank > 1)
    {
        NMC_CHECK(0 <= i && i < shape[0]);
        View<T, Rank - 1> view;
        i64 stride = 1;
        for (int axis = 1; axis < Rank; ++axis) {
            view.shape[axis - 1] = shape[axis];
            stride *= shape[axis];
        }
        view.data = data + i * stride;
        return view;
    }
};

// Views of the border's structs: in(x) for what is read, out(x) for what is written.
#define NMC_VIEWS(name, type, rank)                                                          \
    inline View<const type, rank> in(const name &raw) { return View<const type, rank>(raw); } \
    inline View<type, rank> out(const name &raw) { return View<type, rank>(raw); }
#define NMC_VIEWS_OF(name, type) \
    NMC_VIEWS(name##_1, type, 1) \
    NMC_VIEWS(name##_2, type, 2) \
    NMC_VIEWS(name##_3, type, 3) \
    NMC_VIEWS(name##_4, type, 4)
NMC_VIEWS_OF(f64, double)
NMC_VIEWS_OF(f32, float)
NMC_VIEWS_OF(i64, int64_t)
NMC_VIEWS_OF(u64, uint64_t)
NMC_VIEWS_OF(i32, int32_t)
NMC_VIEWS_OF(i16, int16_t)
NMC_VIEWS_OF(u16, uint16_t)
NMC_VIEWS_OF(i8, int8_t)
NMC_VIEWS_OF(u8, uint8_t)
NMC_VIEWS_OF(b8, bool)

// Memory of the core's own that may grow. It starts uninitialised, unless filled. Check ok() after
// making it and after push(): a failed allocation leaves it false, and the caller returns
// NMC_NO_MEMORY.
template <class T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    explicit Buffer(i64 size = 0) { resize(size); }
    Buffer(i64 size, T value) : Buffer(size) {
        if (data_)
            for (i64 i = 0; i < size; ++i) data_[i] = value;
    }
    ~Buffer() { std::free(data_); }
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;

    bool ok() const { return !failed_; }
    i64 size() const { return size_; }
    T *data() { return data_; }
    const T *data() const { return data_; }
    T &operator[](i64 i) {
        NMC_CHECK(0 <= i && i < size_);
        return data_[i];
    }
    const T &operator[](i64 i) const {
        NMC_CHECK(0 <= i && i < size_);
        return data_[i];
    }
    Span<T> span() { return {data_, size_}; }
    Span<const T> span() const { return {data_, size_}; }
    View<T, 1> view() {
        View<T, 1> all;
        all.data = data_;
        all.shape[0] = size_;
        return all;
    }

    // Change the size; what was there stays.
    bool resize(i64 size) {
        if (size > capacity_ && !reserve(size)) return false;
        size_ = size;
        return true;
    }
    bool reserve(i64 capacity) {
        if (capacity <= capacity_) return true;
        if (capacity > static_cast<i64>(PTRDIFF_MAX / sizeof(T))) {
            failed_ = true;
            return false;
        }
        void *moved = std::realloc(data_, static_cast<std::size_t>(capacity) * sizeof(T));
        if (!moved) {
            failed_ = true;
            return false;
        }
        data_ = static_cast<T *>(moved);
        capacity_ = capacity;
        return true;
    }
    bool push(T value) {
        if (size_ == capacity_ && !reserve(capacity_ < 16 ? 16 : 2 * capacity_)) return false;
        data_[size_++] = value;
        return true;
    }
    bool append(const T *values, i64 count) {
        if (size_ + count > capacity_ && !reserve(2 * (size_ + count))) return false;
        for (i64 i = 0; i < count; ++i) data_[size_ + i] = values[i];
        size_ += count;
        return true;
    }
    // Hand the memory over to Python as an array (own_* of the header) of the given shape.
    template <class Own, class... Lengths>
    void give(Own *result, Lengths... lengths) {
        if (size_ > 0)  // what was reserved beyond goes back; a failure to shrink changes nothing
            if (void *shrunk = std::realloc(data_, static_cast<std::size_t>(size_) * sizeof(T)))
                data_ = static_cast<T *>(shrunk);
        const i64 all[] = {static_cast<i64>(lengths)...};
        static_assert(sizeof...(lengths) == sizeof(result->shape) / sizeof(i64));
        for (std::size_t axis = 0; axis < sizeof...(lengths); ++axis) result->shape[axis] = all[axis];
        result->data = reinterpret_cast<decltype(result->data)>(data_);  // of T or rows of it
        data_ = nullptr;
        size_ = capacity_ = 0;
    }

private:
    T *data_ = nullptr;
    i64 size_ = 0, capacity_ = 0;
    bool failed_ = false;
};

}  // namespace nmc
