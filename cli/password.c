/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for passwords. */
#include "cli/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_SIZE_MAX 4096

/* ---- the terminal ---- */

static volatile sig_atomic_t caught_signal;

static void remember_signal(int number)
{
    caught_signal = number;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define SIGNAL_COUNT (sizeof signals / sizeof signals[0])

/* Reads one line without its newline. False at the end of the terminal, or on a signal. */
static bool read_line(int tty, struct wb_secret *line)
{
    wb_secret_reserve(line, PASSWORD_SIZE_MAX);
    size_t used = 0;
    for (;;) {
        uint8_t byte;
        ssize_t size = read(tty, &byte, 1);
        if (size != 1 || byte == '\n')
            break;
        if (used == PASSWORD_SIZE_MAX)
            return false;
        line->data[used++] = byte;
        byte = 0;
    }
    line->size = used;
    line->data[used] = '\0';
    return caught_signal == 0;
}

/* A signal must find the terminal as it was: it is held back until the echo is on again. */
static bool read_line_without_echo(int tty, const char *prompt, struct wb_secret *line)
{
    struct sigaction old_actions[SIGNAL_COUNT], action = {.sa_handler = remember_signal};
    struct termios old, silent;
    caught_signal = 0;
    if (tcgetattr(tty, &old) != 0)
        return false;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i], &action, &old_actions[i]);
    silent = old;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    bool good = tcsetattr(tty, TCSAFLUSH, &silent) == 0 && dprintf(tty, "%s", prompt) > 0 &&
                read_line(tty, line);
    tcsetattr(tty, TCSAFLUSH, &old);
    dprintf(tty, "\n");
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i], &old_actions[i], NULL);
    if (caught_signal != 0)
        raise(caught_signal);
    return good;
}

static bool prompt(int tty, enum wb_password_kind kind, const char *what,
                   struct wb_secret *password, struct wb_error *err)
{
    static const char *const questions[] = {
        [WB_PASSWORD_OF_KEY] = "Password of",
        [WB_PASSWORD_FOR_NEW_KEY] = "New password for",
        [WB_PASSWORD_OF_IMPORT] = "Password of",
        [WB_PASSWORD_PIN] = "PIN of",
    };
    /* Through an error, because that makes it printable. */
    struct wb_error text = WB_ERROR_INIT;
    wb_error_set(&text, WB_OK, "%s %.400s: ", questions[kind], what);
    if (!read_line_without_echo(tty, text.message, password))
        return wb_error_set(err, WB_USAGE, "no password was given");
    if (kind != WB_PASSWORD_FOR_NEW_KEY)
        return true;
    WB_AUTO_VALUE(wb_secret) again = {0};
    wb_error_set(&text, WB_OK, "The same again: ");
    if (!read_line_without_echo(tty, text.message, &again))
        return wb_error_set(err, WB_USAGE, "no password was given");
    if (again.size != password->size || memcmp(again.data, password->data, again.size) != 0)
        return wb_error_set(err, WB_USAGE, "the passwords are not the same");
    return true;
}

/* ---- standard input ---- */

static bool input_is_a_stream(void)
{
    struct stat status;
    return fstat(STDIN_FILENO, &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode) || S_ISSOCK(status.st_mode));
}

static bool read_input(struct wb_secret *password, struct wb_error *err)
{
    /* Of the process, as standard input is: a second password must not silently be empty. */
    static bool used_up;
    if (used_up)
        return wb_error_set(err, WB_USAGE,
                            "standard input held one password, and a second one is needed; set "
                            "COSIGN_PASSWORD or WAYBILL_IMPORT_PASSWORD");
    used_up = true;
    wb_secret_reserve(password, PASSWORD_SIZE_MAX + 1);
    size_t used = 0;
    while (used <= PASSWORD_SIZE_MAX) {
        ssize_t size = read(STDIN_FILENO, password->data + used, PASSWORD_SIZE_MAX + 1 - used);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return wb_error_set_errno(err, errno, "standard input");
        if (size == 0)
            break;
        used += (size_t)size;
    }
    password->size = used;
    return used <= PASSWORD_SIZE_MAX ||
           wb_error_set(err, WB_USAGE, "a password of more than %d bytes on standard input",
                        PASSWORD_SIZE_MAX);
}

/* ---- which of them ---- */

static bool from_environment(const char *name, struct wb_secret *password)
{
    const char *value = getenv(name);
    if (value != NULL)
        wb_secret_set(password, value, strlen(value));
    return value != NULL;
}

static bool ask(void *context, enum wb_password_kind kind, const char *what,
                struct wb_secret *password, struct wb_error *err)
{
    if (kind == WB_PASSWORD_OF_IMPORT && from_environment("WAYBILL_IMPORT_PASSWORD", password))
        return true;
    if (kind != WB_PASSWORD_PIN && from_environment("COSIGN_PASSWORD", password))
        return true;
    if (kind != WB_PASSWORD_PIN && context == NULL && input_is_a_stream())
        return read_input(password, err);
    WB_AUTO_FD tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty >= 0)
        return prompt(tty, kind, what, password, err);
    if (kind == WB_PASSWORD_PIN)
        return wb_error_set(err, WB_USAGE,
                            "the token asks for a PIN: there is no terminal; set COSIGN_PKCS11_PIN "
                            "or give pin-source in the URI");
    return wb_error_set(err, WB_USAGE,
                        "no password for %s: there is no terminal; set COSIGN_PASSWORD%s", what,
                        context == NULL ? ", or pipe it in" : "");
}

struct wb_password_source wb_password_from_user(void)
{
    return (struct wb_password_source){.ask = ask};
}

struct wb_password_source wb_password_not_from_input(void)
{
    static char taken;
    return (struct wb_password_source){.ask = ask, .context = &taken};
}
