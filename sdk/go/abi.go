package mesh

// #cgo CFLAGS: -std=c11
// #cgo LDFLAGS: -Wl,-z,now
// #include <stdlib.h>
// #include "abi.h"
import "C"

import (
	"encoding/json"
	"errors"
	"runtime/cgo"
	"unsafe"
)

const (
	ok          = 0
	failed      = 1
	unsupported = 2
	tooLarge    = 3
	cancelled   = 4
	documentMax = 64 << 20
)

// Allocated by C and never freed: the host may read it until the process ends.
//
//export meshManifest
func meshManifest() C.mesh_text {
	text, err := registered.Manifest()
	if err != nil {
		return C.mesh_text{}
	}
	return C.mesh_text{(*C.char)(C.CBytes(text)), C.uint64_t(len(text))}
}

//export meshInvoke
func meshInvoke(host *C.mesh_host, extension, verb, request C.mesh_text, sink *C.mesh_sink) C.int32_t {
	reply, err := registered.Invoke(cHost{host}, textOf(extension), textOf(verb), []byte(textOf(request)))
	switch {
	case errors.Is(err, ErrUnsupported):
		return unsupported
	case errors.Is(err, ErrCancelled):
		return cancelled
	case err == nil:
		return write(sink, reply)
	}
	document, _ := json.Marshal(problemOf(err))
	if code := write(sink, document); code != ok {
		return code
	}
	return failed
}

//export meshAppend
func meshAppend(handle C.uintptr_t, bytes *C.char, length C.uint64_t) C.int32_t {
	reply := cgo.Handle(handle).Value().(*[]byte)
	if uint64(len(*reply))+uint64(length) > documentMax {
		return tooLarge
	}
	*reply = append(*reply, unsafe.Slice((*byte)(unsafe.Pointer(bytes)), int(length))...)
	return ok
}

func textOf(text C.mesh_text) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text.ptr)), int(text.len)))
}

func write(sink *C.mesh_sink, document []byte) C.int32_t {
	return C.mesh_write(sink, (*C.char)(unsafe.Pointer(unsafe.SliceData(document))), C.uint64_t(len(document)))
}

// cHost is the host of one call, behind its function pointers.
type cHost struct{ host *C.mesh_host }

func (host cHost) Cancelled() bool { return C.mesh_cancelled(host.host) != 0 }

func (host cHost) Call(service, verb string, request, reply any) error {
	document, err := json.Marshal(request)
	if err != nil {
		return err
	}
	var answer []byte
	switch host.call(service, verb, document, &answer) {
	case ok:
		return json.Unmarshal(answer, reply)
	case unsupported:
		return &Problem{Code: "unsupported", Message: "this kubectl mesh does not have " + service + " " + verb}
	case cancelled:
		return ErrCancelled
	}
	var problem Problem
	if json.Unmarshal(answer, &problem) != nil || problem.Code == "" {
		problem = Problem{Code: "failed", Message: service + " " + verb + " failed without a word"}
	}
	return &problem
}

func (host cHost) call(service, verb string, request []byte, reply *[]byte) C.int32_t {
	handle := cgo.NewHandle(reply)
	defer handle.Delete()
	texts := [3]C.mesh_text{}
	for at, text := range []string{service, verb, string(request)} {
		texts[at] = C.mesh_text{C.CString(text), C.uint64_t(len(text))}
		defer C.free(unsafe.Pointer(texts[at].ptr))
	}
	return C.mesh_call(host.host, texts[0], texts[1], texts[2], C.uintptr_t(handle))
}
