package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// serveLogs sends what a container has said, the last lines of it, or all and what comes.
func (p pods) serveLogs(w http.ResponseWriter, r *http.Request) {
	name := filepath.Join(p.directory, r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")+".log")
	file, err := os.Open(name)
	if err != nil {
		http.Error(w, "the container has no process in this lab", http.StatusNotFound)
		return
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text = runOf(text, name, r.URL.Query().Get("previous") == "true")
	if text == nil {
		http.Error(w, "previous terminated container not found", http.StatusBadRequest)
		return
	}
	if lines, err := strconv.Atoi(r.URL.Query().Get("tailLines")); err == nil {
		text = lastLines(text, lines)
	}
	w.WriteHeader(http.StatusOK)
	w.Write(text)
	for r.URL.Query().Get("follow") == "true" {
		http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
		if _, err := os.Stat(name); err != nil {
			return // the pod is gone
		}
		io.Copy(w, file)
	}
}

func lastLines(text []byte, lines int) []byte {
	at := len(text)
	for ; lines > 0 && at > 0; lines-- {
		at = bytes.LastIndexByte(text[:max(at-1, 0)], '\n') + 1
	}
	return text[at:]
}

// runOf is what the last run of a container has said, or the one before it. The node agent writes where each begins.
func runOf(text []byte, log string, previous bool) []byte {
	marks, err := os.ReadFile(strings.TrimSuffix(log, ".log") + ".runs")
	if err != nil {
		return text
	}
	starts := []int{}
	for _, mark := range strings.Fields(string(marks)) {
		if start, err := strconv.Atoi(mark); err == nil && start <= len(text) {
			starts = append(starts, start)
		}
	}
	last := len(starts) - 1
	switch {
	case previous && last < 1:
		return nil
	case previous:
		return text[starts[last-1]:starts[last]]
	case last < 0:
		return text
	}
	return append([]byte{}, text[starts[last]:]...)
}
