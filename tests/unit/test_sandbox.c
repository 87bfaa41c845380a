/* SPDX-License-Identifier: Apache-2.0 */
/* What waybill-verify can still do once it has forbidden itself the rest: each attempt in a process
 * of its own. Nothing to test where sanitizers leave the sandbox out. */
#include "verify/program.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_NAME "waybill-test-sandbox"
enum { DONE = 40, REFUSED, FAILED, NO_SANDBOX, KILLED };

static int outcome(bool done)
{
    if (done)
        return DONE;
    return errno == EPERM ? REFUSED : FAILED;
}

static int open_as(int flags)
{
    int fd = open(FILE_NAME, flags, 0600);
    return outcome(fd >= 0);
}

/* ---- attempts ---- */

static int read_file(void)
{
    return open_as(O_RDONLY);
}
static int create_file(void)
{
    return open_as(O_WRONLY | O_CREAT);
}
static int write_file(void)
{
    return open_as(O_WRONLY);
}
static int truncate_file(void)
{
    return open_as(O_RDONLY | O_TRUNC);
}
static int unnamed_file(void)
{
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    return outcome(fd >= 0);
}
static int write_descriptor(void)
{
    /* Left open on purpose; only standard output, error and the report are for writing. */
    return outcome(write(100, "x", 1) == 1);
}
static int remove_file(void)
{
    return outcome(unlink(FILE_NAME) == 0);
}
static int rename_file(void)
{
    return outcome(rename(FILE_NAME, FILE_NAME "2") == 0);
}
static int change_mode(void)
{
    return outcome(chmod(FILE_NAME, 0777) == 0);
}
static int open_socket(void)
{
    return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}
static int open_local_socket(void)
{
    int pair[2];
    return outcome(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
}
static int run_program(void)
{
    return outcome(execl("/bin/true", "true", (char *)NULL) == 0);
}
static int start_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return outcome(child > 0);
}
static int kill_process(void)
{
    return outcome(kill(getppid(), 0) == 0);
}
static int make_code(void)
{
    return outcome(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                   MAP_FAILED);
}
static int turn_into_code(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return outcome(memory != MAP_FAILED && mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0);
}
static void *thread_main(void *context)
{
    *(int *)context = open_as(O_WRONLY);
    return NULL;
}
static int thread(void)
{
    pthread_t other;
    int inside = FAILED;
    if (pthread_create(&other, NULL, thread_main, &inside) != 0 || pthread_join(other, NULL) != 0)
        return FAILED;
    /* It runs, and is held as well. */
    return inside == REFUSED ? DONE : FAILED;
}

static const struct {
    const char *what;
    int (*attempt)(void);
    int expected;
} attempts[] = {
    {"read a file", read_file, DONE},
    {"run a thread", thread, DONE},
    {"create a file", create_file, REFUSED},
    {"write a file", write_file, REFUSED},
    {"truncate a file", truncate_file, REFUSED},
    {"make a file without a name", unnamed_file, REFUSED},
    {"write to what was open", write_descriptor, REFUSED},
    {"remove a file", remove_file, REFUSED},
    {"rename a file", rename_file, REFUSED},
    {"change a mode", change_mode, REFUSED},
    {"start a process", start_process, REFUSED},
    {"signal a process", kill_process, REFUSED},
    {"map code", make_code, REFUSED},
    {"turn memory into code", turn_into_code, REFUSED},
    {"open a socket", open_socket, KILLED},
    {"open a pair of sockets", open_local_socket, KILLED},
    {"run a program", run_program, KILLED},
};

static int try(int (*attempt)(void), int report_fd)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct wb_error err = WB_ERROR_INIT;
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        int fd = open(FILE_NAME, O_RDWR);
        if (fd < 0 || dup2(fd, 100) != 100)
            _exit(FAILED);
        _exit(wb_program_sandbox(report_fd, &err) ? attempt() : NO_SANDBOX);
    }
    int status;
    assert_true(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return KILLED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

static void only_reading_is_left(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip();
#endif
    char folder[] = "/tmp/waybill-sandbox-XXXXXX";
    assert_non_null(mkdtemp(folder));
    int before = open(".", O_RDONLY | O_DIRECTORY);
    assert_int_equal(chdir(folder), 0);
    int fd = open(FILE_NAME, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        int result = try(attempts[i].attempt, -1);
        if (result == NO_SANDBOX)
            skip(); /* the kernel has no seccomp */
        if (result != attempts[i].expected)
            fail_msg("%s: %d instead of %d", attempts[i].what, result, attempts[i].expected);
    }
    assert_int_equal(try(write_descriptor, 100), DONE);
    assert_int_equal(try(write_descriptor, 99), REFUSED);
    assert_int_equal(try(write_file, 100), REFUSED);
    assert_int_equal(unlink(FILE_NAME), 0);
    assert_int_equal(fchdir(before), 0);
    close(before);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_reading_is_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
