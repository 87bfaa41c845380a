/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the secret scan share: rules as read (secret_rules.c, secret_rule_read.c,
 * secret_allowlist.c), the streaming over files (secret_scan.c), the judging of what an expression
 * found (secret_match.c), keys by their structure (secret_key*.c), what is public (secret_known.c).
 */
#ifndef WAYBILL_SECRET_PRIVATE_H
#define WAYBILL_SECRET_PRIVATE_H

#include "audit/audit_private.h"
#include "audit/keyword_automaton.h"
#include "audit/regex.h"
#include "audit/toml.h"

struct wb_secret_patterns {
    struct wb_regex **items;
    size_t count, capacity;
};

enum wb_secret_target { /* what the expressions of an allow list look at */
                        WB_SECRET_TARGET_SECRET,
                        WB_SECRET_TARGET_MATCH,
                        WB_SECRET_TARGET_LINE,
};

struct wb_secret_allowlist {
    struct wb_secret_patterns paths;
    struct wb_secret_patterns regexes;
    struct wb_keyword_automaton *stop_words; /* NULL */
    enum wb_secret_target target;
    bool all;           /* what is stated must hold together, instead of any of it */
    bool never;         /* it asks for commits, of which an image has none */
    const char **rules; /* a global one: for these rules only */
    size_t rule_count, rule_capacity;
};

struct wb_secret_allowlists {
    struct wb_secret_allowlist *items;
    size_t count, capacity;
};

/* How a secret is found that is more than a text. */
enum wb_secret_structure {
    WB_SECRET_BY_REGEX,
    WB_SECRET_PEM,        /* blocks of keys, also with their line ends escaped */
    WB_SECRET_PEM_BASE64, /* the same in base64, as kubeconfig has it */
    WB_SECRET_DER_BASE64, /* what stands in a PEM block, without one around it */
    WB_SECRET_PUTTY,      /* .ppk */
    WB_SECRET_DER,        /* a whole file: PKCS#1, PKCS#8, SEC 1 */
    WB_SECRET_KEY_STORE,  /* a whole file: PKCS#12, JKS, JCEKS with private keys in it */
};

enum wb_secret_checksum {
    WB_SECRET_NO_CHECKSUM,
    WB_SECRET_CRC32_BASE62, /* of the 30 characters before the last 6 */
};

struct wb_secret_rule {
    const char *id;
    const char *description;
    struct wb_regex *regex; /* NULL: `structure`, or `path` alone */
    struct wb_regex *path;  /* NULL: any */
    const char **keywords;
    size_t keyword_count, keyword_capacity;
    int64_t entropy; /* thousandths of a bit for each byte that a secret must be above; 0: any */
    size_t group;    /* which is the secret; 0: the first that took part, or all */
    enum wb_audit_severity severity;
    enum wb_secret_structure structure;
    enum wb_secret_checksum checksum;
    bool text_only; /* not in files with NUL bytes */
    bool replaced;  /* took the place of another file's */
    bool generic;   /* gives way to any other rule's match at the same place */
    bool generated; /* made by a machine, so long that nobody guesses it */
    struct wb_secret_allowlists allowlists;
    size_t file; /* index in the rules' files */
};

struct wb_secret_rules {
    struct wb_secret_rule *items;
    size_t count, capacity;
    struct wb_secret_allowlists *files; /* of each rule file: for its own rules */
    size_t file_count, file_capacity;
    struct wb_keyword_automaton *automaton;
    size_t **keyword_rules; /* of each keyword: indices of rules, ended by SIZE_MAX */
    size_t keyword_count;
    size_t *without_keywords; /* indices of rules that look at everything, ended by SIZE_MAX */
    size_t *of_whole_files;   /* of rules on paths alone and structures of files */
    struct wb_arena *arena;
};

#define WB_SECRET_RULES_MAX 4096
#define WB_SECRET_KEYWORD_MAX 128 /* bytes */

/* One element of `[[rules]]`, appended to the rules or put in the place of an earlier one with its
 * id. (secret_rule_read.c) */
bool wb_secret_rule_read(struct wb_secret_rules *rules, const struct wb_toml *table,
                         const char *source, struct wb_error *err) WB_MUST_CHECK;
void wb_secret_rule_clear(struct wb_secret_rule *rule);
bool wb_secret_fail(const struct wb_toml *where, const char *source, struct wb_error *err,
                    const char *format, ...) WB_PRINTF(4, 5);
bool wb_secret_read_text(const struct wb_toml *value, const char *source, const char **text,
                         struct wb_error *err) WB_MUST_CHECK;
/* Compiles one expression; `what` says whose it is. */
struct wb_regex *wb_secret_compile(const struct wb_toml *value, const char *source,
                                   const char *what, struct wb_error *err);

/* `[allowlist]` (a table) or `[[allowlists]]` (an array). `whose` is for messages.
 * (secret_allowlist.c) */
bool wb_secret_allowlists_read(struct wb_secret_allowlists *lists, const struct wb_toml *value,
                               const char *source, const char *whose, struct wb_arena *arena,
                               struct wb_error *err) WB_MUST_CHECK;
void wb_secret_allowlists_clear(struct wb_secret_allowlists *lists);

/* A text that an expression found. Offsets are into `text`, which is what is in memory of the
 * file. */
struct wb_secret_text {
    const char *text;
    size_t size;
    const char *path; /* of the file, as in the layer */
    struct wb_regex_span match;
    struct wb_regex_span secret;
};
bool wb_secret_allowed(const struct wb_secret_allowlists *lists, const char *rule,
                       const struct wb_secret_text *found);
bool wb_secret_path_matches(const struct wb_regex *path, const char *text);

/* What a match says beside its place. `redacted` is empty where nothing was found. */
struct wb_secret_found {
    struct wb_regex_span span; /* of the match, in the text in memory */
    size_t place;              /* of the secret in it */
    char redacted[96];
    uint8_t digest[32]; /* of what nobody guesses */
    bool has_digest;
    enum wb_audit_severity severity;
    const char *known_as;
};
/* The first secret of a rule between `begin` and `end`; *next is where to go on looking. False:
 * nothing more is there. With an empty `redacted`: what was found there does not count.
 * (secret_match.c) */
bool wb_secret_match_next(const struct wb_secret_rules *rules, const struct wb_secret_rule *rule,
                          const struct wb_secret_text *where, size_t begin, size_t end,
                          struct wb_secret_found *found);
/* What the public knows: documentation examples by their words; NULL for a secret. (secret_known.c)
 */
const char *wb_secret_known_text(const char *text, size_t size);
/* Keys that were published, by the SHA-256 of their DER or OpenSSH encoding. */
const char *wb_secret_known_key(const uint8_t digest[32]);

/* What a private key is, by its structure. (secret_key.c) */
struct wb_secret_key {
    const char *kind; /* "RSA private key"; NULL: the bytes are none */
    bool encrypted;
};
/* The bytes that a PEM block of that label holds. (secret_key.c) */
struct wb_secret_key wb_secret_key_look(const char *label, size_t label_size, bool header_encrypted,
                                        struct wb_bytes body);
/* A file in DER whose first bytes are given, `size` being all of it. */
struct wb_secret_key wb_secret_key_look_file(struct wb_bytes head, uint64_t size);

/* A key store that goes by. (secret_store.c) */
struct wb_secret_store {
    enum { WB_SECRET_NO_STORE, WB_SECRET_PKCS12, WB_SECRET_JAVA_STORE } kind;
    struct wb_hasher *hasher; /* over all of it; NULL */
    bool has_key, has_plain_key;
    size_t matched; /* bytes of the name of a bag */
    unsigned field; /* what the next number is */
    uint32_t version, entries, value;
    size_t digits; /* bytes of `value` that were read */
    uint64_t skip;
};
/* Looks at a file's first bytes, which are to be taken as well. */
void wb_secret_store_begin(struct wb_secret_store *store, struct wb_bytes head);
void wb_secret_store_take(struct wb_secret_store *store, struct wb_bytes bytes);
/* What the file was, with the digest of all its bytes; frees what the store has. */
struct wb_secret_key wb_secret_store_end(struct wb_secret_store *store, struct wb_digest *digest);
void wb_secret_store_clear(struct wb_secret_store *store);

/* How a file's characters are written. (secret_encoding.c) */
enum wb_secret_encoding {
    WB_SECRET_BYTES, /* ASCII and what has it in it */
    WB_SECRET_UTF16_LE,
    WB_SECRET_UTF16_BE,
};
struct wb_secret_decoder {
    enum wb_secret_encoding encoding;
    bool has_first;
    uint8_t first; /* byte of a character that was cut in two */
};
enum wb_secret_encoding wb_secret_encoding_of(struct wb_bytes head);
/* Makes bytes of `size` bytes (of NULs, where data is NULL), (size + 1) / 2 at most. `text` may be
 * `data`. Returns how many. */
size_t wb_secret_decode(struct wb_secret_decoder *decoder, const uint8_t *data, size_t size,
                        uint8_t *text);
/* As wb_secret_match_next, for rules with a structure. (secret_pem.c) */
bool wb_secret_key_next(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                        size_t begin, size_t end, struct wb_secret_found *found);
/* Of a key of `size` bytes; `digest` is theirs, of no algorithm where there is none. */
void wb_secret_describe_key(const struct wb_secret_rule *rule, const struct wb_secret_key *key,
                            uint64_t size, const struct wb_digest *digest,
                            struct wb_secret_found *found);

/* How much of a file is looked at around a keyword. A block of a key of 16384 bits has 13 KiB. */
#define WB_SECRET_BEFORE 256
#define WB_SECRET_AFTER 2048
#define WB_SECRET_KEY_AFTER (18 * 1024)
#define WB_SECRET_BUFFER (128 * 1024)

#endif
