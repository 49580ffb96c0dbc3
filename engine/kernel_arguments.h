// What a kernel of any device receives: plain views of its inputs and outputs, and its attributes.
//
// This header is included in every pass, also the vector-instruction and CUDA ones: it has no containers, and every
// inline function is forced inline so that no copy of it compiled for AVX-512 can end up in the rest of the program.
#pragma once
#include <cstdint>

namespace adjoint {

class Attributes;

struct ArrayView {
    void* data;
    const int64_t* shape;
    int rank;
    int64_t size;  // number of elements

    __attribute__((always_inline)) int64_t dim(int axis) const { return shape[axis < 0 ? axis + rank : axis]; }
};

struct KernelArguments {
    const ArrayView* inputs;
    int input_count;
    const ArrayView* outputs;
    int output_count;
    const Attributes* attributes;
    void* stream;  // GPU passes: give to gpu::launch

    template <class T> __attribute__((always_inline)) const T* in(int i) const {
        return static_cast<const T*>(inputs[i].data);
    }
    template <class T> __attribute__((always_inline)) T* out(int i) const { return static_cast<T*>(outputs[i].data); }
    __attribute__((always_inline)) const ArrayView& in_view(int i) const { return inputs[i]; }
    __attribute__((always_inline)) const ArrayView& out_view(int i) const { return outputs[i]; }

    // Attributes by name (compiled once, in kernel_arguments.cpp).
    int64_t integer(const char* name) const;
    double real(const char* name) const;
    const int64_t* list(const char* name, int* count) const;
    const char* word(const char* name) const;
};

using Kernel = void (*)(const KernelArguments&);

}  // namespace adjoint
