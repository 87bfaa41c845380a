/* SPDX-License-Identifier: Apache-2.0 */
/* The secret scan over files in pieces: what it finds does not hang on where pieces end, and stands
 * in the line that it says. */
#include "audit/keyword_automaton.h"
#include "audit/secret_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Made up for this test. */
#define TOKEN "glpat-Zk3vQ9xW1mR7tYb2Lc8D"
#define KEY                                                                                        \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEIF2fvZX3aaPCH9nwDThwSGb1p96INCZGai4OOOgCMiIKoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAETS0YVl7o/fy8hVbTGxxd809bDvu6FLS5+uLGtopLeUpW0oOaMr65\n"                           \
    "DLGBwZYdGFBXYXUTGwd4hhH6DZ7J6UVrgg==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"

static struct wb_secret_rules *rules;

static int load_rules(void **state)
{
    (void)state;
    rules = wb_secret_rules_new();
    return !wb_secret_rules_add(rules, wb_audit_built_in_rules(), "built-in", NULL) ||
           !wb_secret_rules_finish(rules, NULL);
}

static int free_rules(void **state)
{
    (void)state;
    wb_secret_rules_free(rules);
    return 0;
}

static struct wb_secret_findings *scan(const char *path, const struct wb_buffer *text, size_t piece)
{
    struct wb_secret_findings *findings = wb_secret_findings_new(rules);
    const struct wb_entry entry = {.path = path, .size = text->size};
    void *file = wb_secret_begin(findings, &entry, 7);
    for (size_t at = 0; at < text->size; at += piece)
        wb_secret_piece(findings, file, text->data + at,
                        text->size - at < piece ? text->size - at : piece);
    wb_secret_end(findings, file);
    return findings;
}

static void append_filling(struct wb_buffer *text, size_t size)
{
    static const char line[] = "nothing of interest in this line, which is long enough\n";
    for (; size >= sizeof line - 1; size -= sizeof line - 1)
        wb_buffer_append(text, line, sizeof line - 1);
    wb_buffer_append(text, line, size);
}

static void secrets_are_found_across_borders(void **state)
{
    (void)state;
    /* Around the end of the first filling of the buffer, and far behind it. */
    for (size_t before = WB_SECRET_BUFFER - 60; before < WB_SECRET_BUFFER + 8; before++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        append_filling(&text, before);
        wb_buffer_append_text(&text, "\n" TOKEN "\n");
        append_filling(&text, (before % 3) * WB_SECRET_BUFFER);
        wb_buffer_append_text(&text, "\n" KEY "\n");
        struct wb_secret_findings *findings = scan("a", &text, 100000);
        size_t count;
        const struct wb_secret_match *matches = wb_secret_matches(findings, &count);
        assert_int_equal(count, 2);
        assert_string_equal(matches[0].rule, "gitlab-token");
        assert_string_equal(matches[1].rule, "private-key");
        assert_int_equal(matches[0].entry, 7);
        wb_secret_findings_free(findings);
    }
}

static void pieces_do_not_matter(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 3, 1000, 65536, 1 << 20};
    WB_AUTO_VALUE(wb_buffer) text = {0};
    append_filling(&text, 150000);
    wb_buffer_append_text(&text, "\n" TOKEN "\n");
    append_filling(&text, 300000);
    wb_buffer_append_text(&text, "\nurl = postgres://app:Wq3-zR7_tY@db.internal/x\n" KEY);
    size_t lines = 0;
    for (size_t i = 0; i < 150001; i++)
        lines += text.data[i] == '\n';
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct wb_secret_findings *findings = scan("etc/a.conf", &text, pieces[i]);
        size_t count;
        const struct wb_secret_match *matches = wb_secret_matches(findings, &count);
        assert_int_equal(count, 3);
        assert_int_equal(matches[0].line, (int64_t)lines + 1);
        assert_string_equal(matches[1].rule, "url-password");
        assert_string_equal(matches[2].rule, "private-key");
        assert_int_equal(matches[2].line, matches[1].line + 1);
        assert_true(wb_secret_matches_complete(findings));
        wb_secret_findings_free(findings);
    }
}

static size_t count_of(const char *path, const char *content)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_text(&text, content);
    struct wb_secret_findings *findings = scan(path, &text, 4096);
    size_t count;
    wb_secret_matches(findings, &count);
    wb_secret_findings_free(findings);
    return count;
}

static void headers_alone_are_no_keys(void **state)
{
    (void)state;
    assert_int_equal(count_of("a", KEY), 1);
    assert_int_equal(count_of("a", "-----BEGIN EC PRIVATE KEY-----\n"), 0);
    assert_int_equal(count_of("a", "-----BEGIN RSA PRIVATE KEY-----\nMIIE...\n"
                                   "-----END RSA PRIVATE KEY-----\n"),
                     0);
    assert_int_equal(count_of("a",
                              "-----BEGIN EC PRIVATE KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                              "-----END EC PRIVATE KEY-----\n"),
                     0);
    assert_int_equal(count_of("a", "-----BEGIN EC PRIVATE KEY-----\n-----BEGIN PUBLIC KEY-----\n"),
                     0);
}

static void nothing_shows_the_secret(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_text(&text, "x " TOKEN "\n");
    struct wb_secret_findings *findings = scan("a", &text, 10);
    size_t count;
    const struct wb_secret_match *match = wb_secret_matches(findings, &count);
    assert_int_equal(count, 1);
    assert_string_equal(match->redacted, "glpa… (26 characters)");
    struct wb_digest digest;
    char hex[65];
    assert_true(wb_digest_bytes(
        WB_DIGEST_SHA256, (struct wb_bytes){(const uint8_t *)TOKEN, strlen(TOKEN)}, &digest, NULL));
    assert_string_equal(match->identity, wb_hex_format(digest.bytes, 32, hex));
    wb_secret_findings_free(findings);
}

/* A digest would tell which of a list of passwords it is. */
static void passwords_leave_no_digest(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_text(&text, "[db]\npassword = Wq3-zR7tYb2Lc8D-kM5pX\n");
    struct wb_secret_findings *findings = scan("etc/app.ini", &text, 10);
    size_t count;
    const struct wb_secret_match *match = wb_secret_matches(findings, &count);
    assert_int_equal(count, 1);
    assert_string_equal(match->redacted, "… (21 characters)");
    assert_string_equal(match->identity, match->redacted);
    wb_secret_findings_free(findings);
}

/* Each byte of `text` with a NUL, behind it (or before it). */
static void append_utf16(struct wb_buffer *to, const struct wb_buffer *text, bool big, bool mark)
{
    if (mark)
        wb_buffer_append(to, big ? "\xFE\xFF" : "\xFF\xFE", 2);
    for (size_t i = 0; i < text->size; i++) {
        const uint8_t pair[] = {big ? 0 : text->data[i], big ? text->data[i] : 0};
        wb_buffer_append(to, pair, 2);
    }
}

static void utf16_is_searched(void **state)
{
    (void)state;
    for (unsigned form = 0; form < 8; form++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        WB_AUTO_VALUE(wb_buffer) wide = {0};
        if ((form & 4) != 0)
            append_filling(&text, 3 * WB_SECRET_BUFFER / 2 - 30);
        wb_buffer_append_text(&text, "\ntoken " TOKEN "\n" KEY);
        append_utf16(&wide, &text, (form & 1) != 0, (form & 2) != 0);
        for (size_t piece = 1; piece < 10000; piece = piece * 7 + 4) {
            struct wb_secret_findings *findings = scan("a", &wide, piece);
            size_t count;
            const struct wb_secret_match *matches = wb_secret_matches(findings, &count);
            assert_int_equal(count, 2);
            assert_string_equal(matches[0].rule, "gitlab-token");
            assert_string_equal(matches[1].rule, "private-key");
            assert_int_equal(matches[1].line, matches[0].line + 1);
            wb_secret_findings_free(findings);
        }
    }
}

/* A Java key store of certificates, which is as long as it is made, and of a key behind them. */
static void append_key_store(struct wb_buffer *store, size_t certificates, bool has_key)
{
    static const uint8_t certificate[] = {0, 0, 0, 2, 0,   1,   'a', 0,   0,   0, 0, 0, 0,
                                          0, 0, 0, 5, 'X', '.', '5', '0', '9', 0, 0, 1, 0};
    static const uint8_t bytes[256], key[] = {0, 0, 0, 1, 0, 1, 'k'};
    const uint8_t head[] = {0xFE,
                            0xED,
                            0xFE,
                            0xED,
                            0,
                            0,
                            0,
                            2,
                            0,
                            0,
                            (uint8_t)((certificates + has_key) >> 8),
                            (uint8_t)(certificates + has_key)};
    wb_buffer_append(store, head, sizeof head);
    for (size_t i = 0; i < certificates; i++) {
        wb_buffer_append(store, certificate, sizeof certificate);
        wb_buffer_append(store, bytes, sizeof bytes);
    }
    if (has_key)
        wb_buffer_append(store, key, sizeof key);
    wb_buffer_append(store, bytes, sizeof bytes);
}

static void key_stores_may_be_large(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 100, 2000};
    for (size_t i = 0; i < 8; i++) {
        WB_AUTO_VALUE(wb_buffer) store = {0};
        append_key_store(&store, sizes[i / 2], i % 2 == 1);
        struct wb_secret_findings *findings = scan("a.jks", &store, 4099);
        size_t count;
        const struct wb_secret_match *match = wb_secret_matches(findings, &count);
        assert_int_equal(count, i % 2);
        if (count == 1)
            assert_string_equal(match->rule, "key-store");
        wb_secret_findings_free(findings);
    }
}

/* However much there is of what matters less. */
static void the_worst_is_listed(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    for (size_t i = 0; i < 3000; i++)
        wb_buffer_append_text(&text, "password = Wq3-zR7t\n");
    wb_buffer_append_text(&text, "x " TOKEN "\n" KEY);
    struct wb_secret_findings *findings = scan("etc/app.ini", &text, 65536);
    size_t count;
    const struct wb_secret_match *matches = wb_secret_matches(findings, &count);
    assert_int_equal(count, 200);
    assert_string_equal(matches[198].rule, "gitlab-token");
    assert_string_equal(matches[199].rule, "private-key");
    assert_false(wb_secret_matches_complete(findings));
    assert_true(wb_secret_searched_all(findings));
    wb_secret_findings_free(findings);
}

static void giving_up_is_told(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    for (size_t i = 0; i < 30000; i++)
        wb_buffer_append_text(&text, "-----BEGIN EC PRIVATE KEY-----\n");
    wb_buffer_append_text(&text, KEY);
    struct wb_secret_findings *findings = scan("a", &text, 65536);
    assert_false(wb_secret_searched_all(findings));
    wb_secret_findings_free(findings);
}

static void texts_and_unfinished_files(void **state)
{
    (void)state;
    struct wb_secret_findings *findings = wb_secret_findings_new(rules);
    const struct wb_entry entry = {.path = "never/ends", .size = 10};
    assert_non_null(wb_secret_begin(findings, &entry, 0));
    wb_secret_scan_text(findings, "environment", "GL=" TOKEN);
    size_t count;
    const struct wb_secret_match *match = wb_secret_matches(findings, &count);
    assert_int_equal(count, 1);
    assert_true(match->entry == SIZE_MAX);
    wb_secret_findings_free(findings);
}

struct hits {
    size_t count, last;
};

static void note_hit(void *context, size_t keyword, size_t end)
{
    struct hits *hits = context;
    (void)keyword;
    assert_true(end >= hits->last);
    hits->count++;
    hits->last = end;
}

static void automaton_finds_all(void **state)
{
    (void)state;
    static const char *const words[] = {"he", "she", "his", "hers", "HERS", "usher"};
    WB_AUTO(wb_keyword_automaton) *automaton = wb_keyword_automaton_new();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_int_equal(wb_keyword_automaton_add(automaton, words[i]), i < 4 ? i : i - 1);
    assert_int_equal(wb_keyword_automaton_add(automaton, ""), SIZE_MAX);
    wb_keyword_automaton_finish(automaton);
    /* At every place of the blocks that are looked at in lanes. */
    for (size_t at = 0; at < 5000; at += 7) {
        uint8_t text[6000];
        memset(text, '.', sizeof text);
        memcpy(text + at, "uSHErs", 6);
        struct hits hits = {0};
        uint32_t automaton_state = 0;
        wb_keyword_automaton_scan(automaton, &automaton_state, text, sizeof text, note_hit, &hits);
        assert_int_equal(hits.count, 4); /* she, he, usher, hers */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_found_across_borders),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(headers_alone_are_no_keys),
        cmocka_unit_test(nothing_shows_the_secret),
        cmocka_unit_test(passwords_leave_no_digest),
        cmocka_unit_test(utf16_is_searched),
        cmocka_unit_test(key_stores_may_be_large),
        cmocka_unit_test(the_worst_is_listed),
        cmocka_unit_test(giving_up_is_told),
        cmocka_unit_test(texts_and_unfinished_files),
        cmocka_unit_test(automaton_finds_all),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
