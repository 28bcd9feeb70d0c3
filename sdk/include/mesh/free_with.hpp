#pragma once

namespace mesh {

/// What a C library made, owned: std::unique_ptr<X509, FreeWith<X509_free>>.
template <auto Function>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};

}  // namespace mesh
