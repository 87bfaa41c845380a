/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of programs, libraries and scripts, against readelf and by what their text says. */
#include "audit/audit_private.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FILES_MAX 500
#define PIECE 65536

static struct wb_executables *read_content(const char *path, struct wb_bytes content, size_t piece)
{
    struct wb_executables *executables = wb_executables_new();
    const struct wb_entry entry = {
        .path = path, .kind = WB_ENTRY_REGULAR, .mode = 0755, .size = content.size};
    void *file = wb_executable_begin(executables, &entry, 3);
    assert_non_null(file);
    for (size_t at = 0; at < content.size; at += piece) {
        size_t part = content.size - at < piece ? content.size - at : piece;
        wb_executable_piece(executables, file, content.data + at, part);
    }
    wb_executable_end(executables, file);
    return executables;
}

static struct wb_executables *read_text(const char *path, const char *text)
{
    struct wb_bytes content = {(const uint8_t *)text, strlen(text)};
    return read_content(path, content, 5);
}

/* ---- scripts ---- */

static void expect_script(const char *text, const char *interpreter, const char *argument)
{
    struct wb_executables *executables = read_text("usr/bin/script", text);
    const struct wb_executable *script = wb_executable_of(executables, 3);
    assert_non_null(script);
    assert_false(script->is_elf);
    if (interpreter == NULL)
        assert_null(script->interpreter);
    else
        assert_string_equal(script->interpreter, interpreter);
    if (argument == NULL)
        assert_null(script->interpreter_argument);
    else
        assert_string_equal(script->interpreter_argument, argument);
    wb_executables_free(executables);
}

static void test_scripts(void **state)
{
    (void)state;
    expect_script("#!/bin/sh\n", "/bin/sh", NULL);
    expect_script("#! /bin/bash -e\nset -x\n", "/bin/bash", "-e");
    expect_script("#!/usr/bin/env python3\n", "/usr/bin/env", "python3");
    expect_script("#!/usr/bin/env -S A=1 -i node --flag\n", "/usr/bin/env", "node");
    expect_script("#!/usr/bin/env -Sperl -w\n", "/usr/bin/env", "perl");
    expect_script("#!/usr/bin/env -iS perl -w\n", "/usr/bin/env", "perl");
    expect_script("#!/usr/bin/env -S -u SOME --chdir / -uSOME perl\n", "/usr/bin/env", "perl");
    expect_script("#!/usr/bin/env --split-string='perl' -w\n", "/usr/bin/env", "perl");
    expect_script("#!/usr/bin/env -S \"\" \"perl\"\n", "/usr/bin/env", "perl");
    expect_script("#!/usr/bin/env -u\n", "/usr/bin/env", NULL);
    expect_script("#!/usr/bin/env\n", "/usr/bin/env", NULL);
    expect_script("#!\n", NULL, NULL);
    expect_script("#!/bin/sh", "/bin/sh", NULL);
}

static void test_text_of_shell_scripts(void **state)
{
    (void)state;
    struct wb_executables *shell = read_text("a", "#!/usr/bin/env bash\nfind /\n");
    const struct wb_executable *script = wb_executable_of(shell, 3);
    assert_int_equal(script->script.size, 27);
    struct wb_executables *named = read_text("lib/a.sh", "find /\n");
    assert_int_equal(wb_executable_of(named, 3)->script.size, 7);
    struct wb_executables *other = read_text("a", "#!/usr/bin/python3\n");
    assert_int_equal(wb_executable_of(other, 3)->script.size, 0);
    struct wb_executables *none = read_text("a", "just text");
    assert_null(wb_executable_of(none, 3));
    wb_executables_free(shell);
    wb_executables_free(named);
    wb_executables_free(other);
    wb_executables_free(none);
}

static void test_long_script(void **state)
{
    (void)state;
    struct wb_buffer text = {0};
    wb_buffer_append_text(&text, "#!/bin/sh\n");
    while (text.size < 70000)
        wb_buffer_append_text(&text, "true\n");
    struct wb_executables *executables = read_content("a", wb_buffer_bytes(&text), 1000);
    assert_true(wb_executable_of(executables, 3)->unread);
    wb_executables_free(executables);
    wb_buffer_clear(&text);
}

static void test_which_files(void **state)
{
    (void)state;
    struct wb_executables *executables = wb_executables_new();
    struct wb_entry entry = {.path = "a", .kind = WB_ENTRY_REGULAR, .mode = 0644, .size = 9};
    assert_null(wb_executable_begin(executables, &entry, 0));
    static const char *const libraries[] = {"usr/lib/libc.so.6", "lib/pam_unix.so", "x/run.sh"};
    for (size_t i = 0; i < 3; i++) {
        entry.path = libraries[i];
        assert_non_null(wb_executable_begin(executables, &entry, i));
    }
    entry.path = "etc/resolv.sock";
    assert_null(wb_executable_begin(executables, &entry, 4));
    /* What began and never ended goes with the rest. */
    wb_executables_free(executables);
}

/* ---- ELF, beside readelf ---- */

/* The text in brackets that readelf writes behind `tag`, the `number`th; false: no more. */
static bool next_of(const char **output, const char *tag, char *value, size_t size)
{
    const char *found = strstr(*output, tag);
    if (found == NULL)
        return false;
    const char *open = strchr(found, '[');
    const char *close = strchr(open, ']');
    snprintf(value, size, "%.*s", (int)(close - open - 1), open + 1);
    *output = close;
    return true;
}

static void read_output(const char *path, struct wb_buffer *output)
{
    WB_AUTO_STRING command = wb_string_format("LC_ALL=C readelf -dW '%s' 2>/dev/null", path);
    FILE *stream = popen(command, "r");
    assert_non_null(stream);
    char part[4096];
    size_t size;
    while ((size = fread(part, 1, sizeof part, stream)) > 0)
        wb_buffer_append(output, part, size);
    pclose(stream);
    wb_buffer_append(output, "", 1);
}

static void compare_with_readelf(const char *path, const struct wb_executable *executable)
{
    struct wb_buffer buffer = {0};
    read_output(path, &buffer);
    const char *output = (const char *)buffer.data;
    char value[4096];
    size_t needed = 0;
    for (const char *at = output; next_of(&at, "(NEEDED)", value, sizeof value); needed++) {
        assert_true(needed < executable->needed_count);
        assert_string_equal(executable->needed[needed], value);
    }
    assert_int_equal(needed, executable->needed_count);
    const char *at = output;
    if (next_of(&at, "(SONAME)", value, sizeof value))
        assert_string_equal(executable->soname, value);
    else
        assert_null(executable->soname);
    at = output;
    bool has_path = next_of(&at, "(RUNPATH)", value, sizeof value) ||
                    next_of(&at, "(RPATH)", value, sizeof value);
    assert_int_equal(has_path, executable->search_path_count > 0);
    if (has_path)
        assert_memory_equal(value, executable->search_paths[0],
                            strlen(executable->search_paths[0]));
    wb_buffer_clear(&buffer);
}

static bool compare_file(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 64 ||
        status.st_size > (64 << 20))
        return false;
    struct wb_buffer content = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool compared = false;
    if (wb_file_read(-1, path, (size_t)64 << 20, &content, &err) &&
        memcmp(content.data, "\177ELF", 4) == 0) {
        struct wb_executables *executables =
            read_content("usr/bin/a", wb_buffer_bytes(&content), PIECE);
        const struct wb_executable *executable = wb_executable_of(executables, 3);
        assert_non_null(executable);
        assert_true(executable->is_elf);
        assert_false(executable->unread);
        compare_with_readelf(path, executable);
        wb_executables_free(executables);
        compared = true;
    }
    wb_buffer_clear(&content);
    return compared;
}

static void test_as_readelf(void **state)
{
    (void)state;
    static const char *const directories[] = {"/usr/bin", "/usr/lib/x86_64-linux-gnu",
                                              "/usr/lib/aarch64-linux-gnu", "/usr/lib64"};
    if (system("readelf --version >/dev/null 2>&1") != 0) {
        print_message("SKIPPED: no readelf here\n");
        skip();
    }
    size_t compared = 0;
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        DIR *directory = opendir(directories[i]);
        size_t limit = compared + FILES_MAX / 2;
        const struct dirent *entry;
        while (directory != NULL && compared < limit && (entry = readdir(directory)) != NULL) {
            WB_AUTO_STRING path = wb_string_format("%s/%s", directories[i], entry->d_name);
            compared += compare_file(path);
        }
        if (directory != NULL)
            closedir(directory);
    }
    assert_true(compared > 50);
    print_message("%zu files compared with readelf\n", compared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),     cmocka_unit_test(test_text_of_shell_scripts),
        cmocka_unit_test(test_long_script), cmocka_unit_test(test_which_files),
        cmocka_unit_test(test_as_readelf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
