/* SPDX-License-Identifier: Apache-2.0 */
/* What waybill-verify forbids itself before it reads any input (seccomp(2)): everything but what
 * verifying takes. Sockets and programs end the process; anything else that is not on the list is
 * refused with EPERM. */
#include "verify/program.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* An attempt at one of these can only be somebody else's will. */
static const char *const deadly[] = {
    "socket", "socketpair",     "connect",           "bind",   "listen",   "accept", "accept4",
    "sendto", "sendmsg",        "socketcall",        "execve", "execveat", "fork",   "vfork",
    "ptrace", "io_uring_setup", "process_vm_writev",
};

static const char *const harmless[] = {
    /* reading */
    "read",
    "readv",
    "pread64",
    "preadv",
    "close",
    "fstat",
    "fstat64",
    "newfstatat",
    "fstatat64",
    "stat",
    "stat64",
    "lstat",
    "lstat64",
    "statx",
    "lseek",
    "_llseek",
    "getdents",
    "getdents64",
    "readlink",
    "readlinkat",
    "access",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fadvise64_64",
    "arm_fadvise64_64",
    "readahead",
    "fstatfs",
    "fstatfs64",
    /* memory */
    "munmap",
    "mremap",
    "brk",
    "madvise",
    /* threads */
    "futex",
    "futex_time64",
    "set_robust_list",
    "rseq",
    "set_tid_address",
    "sched_getaffinity",
    "sched_yield",
    "gettid",
    "getpid",
    "exit",
    "exit_group",
    "restart_syscall",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigreturn",
    "rt_sigaction",
    "tgkill",
    "prlimit64",
    "membarrier",
    /* the machine and its clock */
    "clock_gettime",
    "clock_gettime64",
    "clock_getres",
    "gettimeofday",
    "time",
    "getrandom",
    "uname",
    "sysinfo",
    "getcpu",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getcwd",
};

/* Names that this machine does not have are passed over. */
static int add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        int code = number < 0 ? 0 : seccomp_rule_add(filter, action, number, 0);
        if (code != 0)
            return code;
    }
    return 0;
}

/* The bits of a flags argument that allow more than reading. */
#define OPEN_WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

static int allow_if(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition)
{
    int number = seccomp_syscall_resolve_name(name);
    return number < 0 ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition);
}

static int allow_masked(scmp_filter_ctx filter, const char *name, unsigned argument, uint64_t mask,
                        uint64_t value)
{
    return allow_if(filter, name, (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, value});
}

static int allow_value(scmp_filter_ctx filter, const char *name, unsigned argument,
                       enum scmp_compare compare, uint64_t value)
{
    return allow_if(filter, name, (struct scmp_arg_cmp){argument, compare, value, 0});
}

/* What is allowed in part: opening to read, writing to what is open already, memory that is not
 * code, threads instead of processes. */
static int add_partial(scmp_filter_ctx filter)
{
    const int codes[] = {
        allow_masked(filter, "open", 1, OPEN_WRITES, 0),
        allow_masked(filter, "openat", 2, OPEN_WRITES, 0),
        allow_value(filter, "write", 0, SCMP_CMP_LE, 2),
        allow_value(filter, "writev", 0, SCMP_CMP_LE, 2),
        allow_masked(filter, "mmap", 2, PROT_EXEC, 0),
        allow_masked(filter, "mmap2", 2, PROT_EXEC, 0),
        allow_masked(filter, "mprotect", 2, PROT_EXEC, 0),
        allow_masked(filter, "clone", 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM),
        allow_value(filter, "ioctl", 1, SCMP_CMP_EQ, TCGETS),
        allow_value(filter, "fcntl", 1, SCMP_CMP_EQ, F_GETFL),
        allow_value(filter, "fcntl", 1, SCMP_CMP_EQ, F_GETFD),
        allow_value(filter, "fcntl", 1, SCMP_CMP_EQ, F_SETFD),
        allow_value(filter, "fcntl", 1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC),
        allow_value(filter, "fcntl64", 1, SCMP_CMP_EQ, F_GETFL),
        allow_value(filter, "fcntl64", 1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC),
        /* Their arguments lie in memory, out of a filter's sight: libc falls back to the others. */
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0),
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0),
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i] != 0)
            return codes[i];
    return 0;
}

static int load(scmp_filter_ctx filter, int report_fd)
{
    int code = add_names(filter, SCMP_ACT_KILL_PROCESS, deadly, sizeof deadly / sizeof deadly[0]);
    if (code == 0)
        code = add_names(filter, SCMP_ACT_ALLOW, harmless, sizeof harmless / sizeof harmless[0]);
    if (code == 0)
        code = add_partial(filter);
    if (code == 0 && report_fd >= 0)
        code = allow_value(filter, "write", 0, SCMP_CMP_EQ, (uint64_t)report_fd);
    return code == 0 ? seccomp_load(filter) : code;
}

const char *wb_program_confinement(void)
{
#ifdef SANITIZED
    return NULL;
#else
    return "This process can open no socket, run no program and open no file for writing "
           "(seccomp).";
#endif
}

bool wb_program_sandbox(int report_fd, struct wb_error *err)
{
#ifdef SANITIZED
    /* The sanitizers' own threads and leak search need what is forbidden here. */
    (void)report_fd;
    (void)err;
    (void)load;
    return true;
#else
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int code = filter == NULL ? -ENOMEM : load(filter, report_fd);
    seccomp_release(filter);
    return code == 0 || wb_error_set_errno(err, -code,
                                           "cannot forbid this process sockets, programs and "
                                           "writing (seccomp), so nothing was verified");
#endif
}
