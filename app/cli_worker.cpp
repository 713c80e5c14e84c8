// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace prefscope {
namespace {

int toFirstProcess = -1;  // a byte there is the exit code; one from there is a signal
std::atomic<bool> stopAsked = false, firstMayEnd = false;

/// As if the signal had come to this process, so that a shell sees what happened.
[[noreturn]] void endBySignal(int signal) {
  const rlimit noCore{0, 0};
  ::setrlimit(RLIMIT_CORE, &noCore);
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

[[noreturn]] void standInFront(pid_t child, int socket, const sigset_t& signals) {
  pollfd ends[] = {{::signalfd(-1, &signals, SFD_CLOEXEC), POLLIN, 0}, {socket, POLLIN, 0}};
  while (true) {
    if (::poll(ends, 2, -1) < 0) continue;
    signalfd_siginfo signal;
    if (ends[0].revents != 0 && ::read(ends[0].fd, &signal, sizeof signal) > 0) ::send(socket, "", 1, MSG_NOSIGNAL);
    if (ends[1].revents == 0) continue;
    unsigned char code = 0;
    if (::read(socket, &code, 1) == 1) ::_exit(code);
    break;  // the child has ended
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) endBySignal(WTERMSIG(status));
  ::_exit(WEXITSTATUS(status));
}

void followFirstProcess(const std::stop_source& stop) {
  char signal = 0;
  while (::read(toFirstProcess, &signal, 1) == 1) {
    if (stopAsked.exchange(true)) ::_exit(exitCancelled);
    stop.request_stop();
  }
  if (!firstMayEnd) ::_exit(exitCancelled);
}

}  // namespace

void workInChild(const std::stop_source& stop) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);  // in both: a terminal's Ctrl-C comes to both
  int ends[2];
  const bool connected = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
  const pid_t child = connected ? ::fork() : -1;
  if (child < 0) {
    std::perror("prefscope-cli: no process can be started; close other programs");
    std::exit(1);
  }
  ::close(ends[child == 0 ? 1 : 0]);
  if (child > 0) standInFront(child, ends[1], signals);
  toFirstProcess = ends[0];
  std::thread(followFirstProcess, stop).detach();
}

void answered(int code) {
  if (!stopAsked) return;
  // Who reads this program's output would else wait for the child's end too.
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  firstMayEnd = true;
  const auto byte = static_cast<unsigned char>(code);
  ::send(toFirstProcess, &byte, 1, MSG_NOSIGNAL);
}

}  // namespace prefscope
