/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs that appear whole or not at all, and the JSON written into them. */
#include "base/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of the test's own, in which it stands. */
static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/waybill-test-output-XXXXXX");
    *state = folder;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static void empty_folder(void)
{
    DIR *folder = opendir(".");
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlink(entry->d_name);
    closedir(folder);
}

static int leave_folder(void **state)
{
    empty_folder();
    int code = chdir("/") != 0 || rmdir(*state) != 0;
    free(*state);
    return code;
}

static size_t count_files(void)
{
    size_t count = 0;
    DIR *folder = opendir(".");
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(folder);
    return count;
}

static char *content_of(const char *path)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_buffer content = {0};
    if (!wb_file_read(AT_FDCWD, path, 1 << 20, &content, &err))
        fail_msg("%s", err.message);
    return wb_buffer_steal_text(&content);
}

static void write_whole(const char *path, const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_output) *output = wb_output_open(path, &err);
    assert_non_null(output);
    wb_output_write(output, text, strlen(text));
    if (!wb_output_commit(output, &err))
        fail_msg("%s", err.message);
}

static void nothing_appears_before_commit(void **state)
{
    (void)state;
    write_whole("out", "old");
    struct wb_error err = WB_ERROR_INIT;
    {
        WB_AUTO(wb_output) *output = wb_output_open("out", &err);
        wb_output_write(output, "new", 3);
        assert_true(wb_output_flush(output, &err));
        WB_AUTO_STRING before = content_of("out");
        assert_string_equal(before, "old");
    }
    WB_AUTO_STRING after = content_of("out");
    assert_string_equal(after, "old");
    assert_int_equal(count_files(), 1);
    write_whole("out", "new");
    WB_AUTO_STRING replaced = content_of("out");
    assert_string_equal(replaced, "new");
    assert_int_equal(count_files(), 1);
}

static void a_symlink_to_the_output_stays_one(void **state)
{
    (void)state;
    empty_folder();
    write_whole("real", "old");
    assert_int_equal(symlink("real", "link"), 0);
    write_whole("link", "new");
    struct stat status;
    assert_int_equal(lstat("link", &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    WB_AUTO_STRING content = content_of("real");
    assert_string_equal(content, "new");
}

static void a_private_file_is_private_and_replaces_nothing(void **state)
{
    (void)state;
    empty_folder();
    struct wb_error err = WB_ERROR_INIT;
    mode_t mask = umask(0);
    WB_AUTO(wb_output) *output = wb_output_open_mode("key", 0600, false, &err);
    umask(mask);
    assert_non_null(output);
    wb_output_write(output, "new", 3);
    assert_true(wb_output_flush(output, &err));
    /* Somebody else is faster. */
    WB_AUTO(wb_output) *other = wb_output_open("key", &err);
    wb_output_write(other, "old", 3);
    assert_true(wb_output_commit(other, &err));
    assert_false(wb_output_commit(output, &err));
    assert_non_null(strstr(err.message, "File exists"));
    WB_AUTO_STRING content = content_of("key");
    assert_string_equal(content, "old");
    assert_null(wb_output_open_mode("key", 0600, false, &err));
    WB_AUTO(wb_output) *forced = wb_output_open_mode("key", 0600, true, &err);
    assert_true(wb_output_commit(forced, &err));
    WB_AUTO(wb_output) *second = wb_output_open_mode("key2", 0600, false, &err);
    assert_true(wb_output_commit(second, &err));
    struct stat status;
    assert_int_equal(stat("key", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat("key2", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    wb_output_free(WB_STEAL(output));
    assert_int_equal(count_files(), 2);
    empty_folder();
}

/* Ends a process in the middle of two outputs, one of which replaces a file; with or without /proc,
 * without which files have temporary names. */
static void leave_in_the_middle(bool without_proc, void (*leave)(void))
{
    pid_t child = fork();
    if (child == 0) {
        struct wb_error err = WB_ERROR_INIT;
        if (without_proc && (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
                             mount("none", "/proc", "tmpfs", 0, NULL) != 0))
            _exit(77);
        struct wb_output *one = wb_output_open("one", &err), *two = wb_output_open("two", &err);
        if (one == NULL || two == NULL || count_files() != (without_proc ? 3 : 1))
            _exit(1);
        wb_output_write(one, "new", 3);
        if (!wb_output_flush(one, &err))
            _exit(1);
        leave();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        print_message("SKIPPED: /proc cannot be hidden here\n");
    else
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void do_nothing(void)
{
}

static void a_process_that_ends_leaves_nothing(void **state)
{
    (void)state;
    empty_folder();
    write_whole("two", "old");
    leave_in_the_middle(false, do_nothing);
    assert_int_equal(count_files(), 1);
    leave_in_the_middle(true, wb_output_remove_temporaries);
    assert_int_equal(count_files(), 1);
    WB_AUTO_STRING content = content_of("two");
    assert_string_equal(content, "old");
    empty_folder();
}

static void a_full_device_is_reported(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_output) *output = wb_output_open("/dev/full", &err);
    assert_non_null(output);
    wb_output_write(output, "x", 1);
    assert_false(wb_output_commit(output, &err));
    assert_int_equal(err.status, WB_SYSTEM);
}

static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    assert_null(wb_output_open("no/such/folder", &err));
    assert_int_equal(err.status, WB_SYSTEM);
    assert_null(wb_output_open(".", &err));
    assert_int_equal(err.status, WB_SYSTEM);
}

static void a_large_file_is_refused_by_its_limit(void **state)
{
    (void)state;
    write_whole("big", "0123456789");
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    assert_true(wb_file_read(AT_FDCWD, "big", 10, &content, &err));
    assert_int_equal(content.size, 10);
    assert_false(wb_file_read(AT_FDCWD, "big", 9, &content, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
}

static void written_json_reads_back(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    {
        WB_AUTO(wb_output) *output = wb_output_open("json", &err);
        WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
        wb_json_begin_object(json);
        wb_json_member(json, "text", "quote \" backslash \\ control \x01\n\t \xe2\x82\xac");
        wb_json_member(json, "absent", NULL);
        wb_json_member(json, "empty", "");
        wb_json_key(json, "list");
        wb_json_begin_array(json);
        wb_json_integer(json, INT64_MIN);
        wb_json_boolean(json, true);
        wb_json_string(json, NULL);
        wb_json_begin_object(json);
        wb_json_end_object(json);
        wb_json_end_array(json);
        wb_json_end_object(json);
        wb_json_finish(json);
        assert_true(wb_output_commit(output, &err));
    }
    WB_AUTO_STRING text = content_of("json");
    WB_AUTO_JSON root = wb_json_parse((struct wb_bytes){(uint8_t *)text, strlen(text)}, &err);
    assert_non_null(root);
    assert_string_equal(wb_json_string_of(root, "text"),
                        "quote \" backslash \\ control \x01\n\t \xe2\x82\xac");
    assert_int_equal(json_object_size(root), 2);
    const json_t *list = wb_json_array_of(root, "list");
    assert_int_equal(json_array_size(list), 4);
    assert_true(json_integer_value(json_array_get(list, 0)) == INT64_MIN);
}

static void hostile_json_is_refused(void **state)
{
    (void)state;
    char deep[400];
    memset(deep, '[', sizeof deep);
    struct wb_error err = WB_ERROR_INIT;
    assert_null(wb_json_parse((struct wb_bytes){(uint8_t *)deep, sizeof deep}, &err));
    assert_non_null(strstr(err.message, "nested deeper"));
    static const char *const bad[] = {
        "", "{", "{\"a\":1,\"a\":2}", "{} x", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct wb_bytes bytes = {(const uint8_t *)bad[i], strlen(bad[i])};
        assert_null(wb_json_parse(bytes, &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
    /* Brackets in strings are no nesting, whatever stands before the quote. */
    char quoted[300] = "[\"\\\\\", \"";
    memset(quoted + strlen(quoted), '[', 200);
    strcat(quoted, "\"]");
    WB_AUTO_JSON json = wb_json_parse((struct wb_bytes){(uint8_t *)quoted, strlen(quoted)}, &err);
    assert_non_null(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_appears_before_commit),
        cmocka_unit_test(a_symlink_to_the_output_stays_one),
        cmocka_unit_test(a_private_file_is_private_and_replaces_nothing),
        cmocka_unit_test(a_process_that_ends_leaves_nothing),
        cmocka_unit_test(a_full_device_is_reported),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(a_large_file_is_refused_by_its_limit),
        cmocka_unit_test(written_json_reads_back),
        cmocka_unit_test(hostile_json_is_refused),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
