/* SPDX-License-Identifier: Apache-2.0 */
/* What the licence files share: expression trees, name tables, and the readers of free text. */
#ifndef WAYBILL_LICENCE_H
#define WAYBILL_LICENCE_H

#include "sbom/bom.h"

/* Bounds. The longest statements of real distributions have about sixty names. */
enum {
    WB_LICENCE_MAX_EXPRESSION = 1 << 20, /* bytes of an expression */
    WB_LICENCE_MAX_STATEMENT = 16384,    /* bytes of a statement in words */
    WB_LICENCE_MAX_NAMES = 512,          /* in a statement in words */
    WB_LICENCE_MAX_DEPTH = 32,
};

/* ---- ASCII without the locale (licence_text.c) ------------------------------------------------
 */

char wb_ascii_lower(char byte);
bool wb_ascii_alphanumeric(char byte);
int wb_ascii_compare(const char *a, const char *b);              /* any case */
bool wb_ascii_starts_with(const char *text, const char *prefix); /* any case */
bool wb_ascii_ends_with(const char *text, const char *suffix);   /* any case */

/* One line: every run of white space becomes one space, none at the ends, offending bytes escaped
 * (wb_utf8_escape). */
const char *wb_licence_clean_line(struct wb_arena *arena, const char *text, size_t size);
/* Several lines: tabs become spaces, carriage returns and white space at line ends go, offending
 * bytes are escaped line by line. */
const char *wb_licence_clean_text(struct wb_arena *arena, const char *text, size_t size);

/* ---- expression trees (licence_tree.c) ---------------------------------------------------------
 */

enum wb_licence_operator {
    WB_LICENCE_NAME, /* one id, with its exception if any */
    WB_LICENCE_AND,
    WB_LICENCE_OR,
};

/* A node and, for AND and OR, its operands: never fewer than two, never of the node's own kind. A
 * name stands once (among the first operands of a very long list). */
struct wb_licence_node {
    enum wb_licence_operator kind;
    const char *name;
    uint32_t name_hash;
    struct wb_licence_node *first, *last; /* operands */
    size_t count;
    struct wb_licence_node *next;
};
struct wb_licence_node *wb_licence_name_node(struct wb_arena *arena, const char *name);
/* Joins two trees; either may be NULL. The operands may be taken apart: use only the result. */
struct wb_licence_node *wb_licence_join(struct wb_arena *arena, enum wb_licence_operator kind,
                                        struct wb_licence_node *a, struct wb_licence_node *b);
/* The tree as text. An AND inside an OR is parenthesised too, though it need not be: readers of
 * licences should not have to know precedence. */
const char *wb_licence_write(struct wb_arena *arena, const struct wb_licence_node *node);

/* ---- strict expressions (licence_expression.c) --------------------------------------------------
 */

/* Parses an SPDX expression (SPDX 2.3 Annex D) into canonical spelling, deprecated ids replaced.
 * NULL when it is not valid. */
struct wb_licence_node *wb_licence_parse(struct wb_arena *arena, const char *expression);

/* ---- statements in words (licence_statement.c) --------------------------------------------------
 */

/* Names joined by and, or, commas and parentheses, in whatever case; what a name may be and what it
 * stands for is the dialect's. */
struct wb_licence_dialect {
    /* How many bytes of `text` a name with an operator or comma inside takes; 0 for none. */
    size_t (*match_name)(const char *text);
    /* The expression of a name; NULL when the name stands for no listed licence. */
    const char *(*expression)(struct wb_arena *arena, const char *name);
    /* The expression of a name that stands for none; most often a LicenseRef. */
    const char *(*look_up)(void *context, const char *name);
    void *context;
    bool refuses_prose; /* a name without expression may not read like part of a sentence */
};
/* Whether the text has that shape: parentheses balanced, no operand missing, no prose among the
 * names, not too long. Looks nothing up. */
bool wb_licence_statement_well_formed(struct wb_arena *arena, const char *text,
                                      const struct wb_licence_dialect *dialect);
/* NULL when it is not well formed; what was looked up until then stays in the document. */
struct wb_licence_node *wb_licence_parse_statement(struct wb_arena *arena, const char *text,
                                                   const struct wb_licence_dialect *dialect);

/* The id of a licence that only its text describes, made from `name`; the text is recorded in the
 * document. (licence.c) */
const char *wb_licence_reference(struct wb_bom *bom, const char *name, const char *text);

/* ---- names (licence_names.c, licence_names_rpm.c, licence_names_dep5.c)
 * -------------------------- */

struct wb_licence_alias {
    const char *name;
    const char *expression;
};
/* An SPDX id or `id WITH exception` in any case; GNU licences in every way to write their versions
 * (GPLv2+, GPL-2, LGPL v2.1 or later, GFDL-NIV-1.3+); versions without `.0`. */
const char *wb_licence_name_common(struct wb_arena *arena, const char *name);
/* Fedora's short names before SPDX, SUSE's names. */
const char *wb_licence_name_rpm(struct wb_arena *arena, const char *name);
size_t wb_licence_match_name_rpm(const char *text);
/* The short names of Debian's machine-readable copyright files. */
const char *wb_licence_name_dep5(struct wb_arena *arena, const char *name);

/* ---- text without structure (copyright_text.c, gnu_notice.c, licence_wording.c)
 * ------------------- */

/* The licences that unstructured text points at: references to common-licenses and the wording of
 * well-known licences. NULL when there are none. */
const char *wb_copyright_text_licence(struct wb_arena *arena, const char *text, size_t size);

/* The one licence that a text as a whole is, its notice or its wording; NULL when that is not
 * certain, for instance because more than names and disclaimers stands beside the wording. */
const char *wb_copyright_text_identify(struct wb_arena *arena, const char *text, size_t size);

/* The same for a GNU licence with an exception, `GPL-2.0-or-later WITH Libtool-exception`: the
 * exception by its words, the licence by its notice or what stands before `with` in the name.
 * (licence_exceptions.c) */
const char *wb_licence_exception_identify(struct wb_arena *arena, const char *name,
                                          const char *text, size_t size);

/* A text as lower-case letters and digits with single spaces, which neither layout nor comment
 * signs change; `2+` becomes `2 plus`. */
void wb_licence_words(struct wb_buffer *words, const char *text, size_t size);

/* Calls `found` with the expression of each well-known licence whose words are all in `words`. */
void wb_licence_wording_find(const char *words, size_t size,
                             void (*found)(void *context, const char *expression), void *context);

/* As wb_copyright_text_identify, by wording alone. */
const char *wb_licence_wording_identify(const char *words, size_t size);

/* What a GNU licence's name and version in a text amount to. */
enum wb_notice_strength {
    WB_NOTICE_MENTION, /* nothing by themselves: a pointer to the licence's text, for instance */
    WB_NOTICE_LABEL,   /* something is under it, in short: `licensed under the GPL v2` */
    WB_NOTICE_GRANT,   /* something is under it, in the words that the licence suggests */
};
/* Calls `found` for each GNU licence that `words` name with a version, for instance
 * `LGPL-2.1-or-later`; an id may come several times. */
void wb_gnu_notice_find(const char *words, size_t size,
                        void (*found)(void *context, const char *id,
                                      enum wb_notice_strength strength),
                        void *context);

#endif
