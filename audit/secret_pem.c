/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in texts: PEM blocks (RFC 7468, RFC 1421, RFC 9580 section 6), also as strings of
 * JSON, YAML and programs and in base64, and PuTTY's files. */
#include "audit/secret_private.h"

#include <stdio.h>
#include <string.h>

#define BEGIN_MARK "-----BEGIN "
#define BEGIN_SSH2 "---- BEGIN SSH2 ENCRYPTED"
#define PUTTY_MARK "PuTTY-User-Key-File-"
#define LABEL_MAX 64

/* Where the first of the marks, up to a NULL, stands between begin and end; SIZE_MAX: nowhere. */
static size_t find_mark(const struct wb_secret_text *where, size_t begin, size_t end,
                        const char *const *marks)
{
    size_t first = SIZE_MAX;
    for (; *marks != NULL; marks++) {
        const char *at = memmem(where->text + begin, end - begin, *marks, strlen(*marks));
        if (at == NULL)
            continue;
        first = (size_t)(at - where->text);
        /* Another one counts only if it is whole before that. */
        end = first + strlen(*marks) - 1;
    }
    return first;
}

static bool starts(const char *text, size_t size, const char *prefix)
{
    return size >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* How long the label is that ends with five dashes, or with a blank and four as SSH2 has it; 0:
 * there is none of a private key. */
static size_t label_size(const char *text, size_t size, size_t *dashes)
{
    static const char key[] = "PRIVATE KEY", block[] = "PRIVATE KEY BLOCK";
    size_t length = 0;
    while (length < size && length < LABEL_MAX &&
           ((text[length] >= 'A' && text[length] <= 'Z') ||
            (text[length] >= '0' && text[length] <= '9') || text[length] == ' '))
        length++;
    if (length > 0 && text[length - 1] == ' ' && starts(text + length, size - length, "----")) {
        length--;
        *dashes = 5; /* the blank is one of them */
    } else if (!starts(text + length, size - length, "-----")) {
        return 0;
    }
    for (size_t i = 0; i < 2; i++) {
        const char *ending = i == 0 ? key : block;
        size_t ending_size = strlen(ending);
        if (length >= ending_size && memcmp(text + length - ending_size, ending, ending_size) == 0)
            return length;
    }
    return 0;
}

/* The text of a block, one line after the other as they would stand in a file of their own: what
 * strings of programs put around them is taken away. Returns how many bytes were read up to the
 * dashes at its end; 0: it has no end, or something stands in it that stands in no block. */
static size_t read_lines(const char *text, size_t size, struct wb_buffer *lines)
{
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool blank_around = i > 0 && text[i - 1] == ' ' && i + 1 < size &&
                            (text[i + 1] == ' ' || text[i + 1] == '\n' || text[i + 1] == '\r');
        if (starts(text + i, size - i, "----"))
            return starts(text + i, size - i, "-----END ") ||
                           starts(text + i, size - i, "---- END ")
                       ? i
                       : 0;
        if (c == '\\') {
            while (i + 1 < size && text[i + 1] == '\\')
                i++;
            c = i + 1 < size ? text[i + 1] : 0;
            if (c == 'n')
                wb_buffer_append(lines, "\n", 1);
            if (c == 'n' || c == 'r' || c == 't')
                i++;
            continue;
        }
        if (c == '"' || c == '\'' || c == '\r' || c == '\t' || (c == '+' && blank_around))
            continue;
        if (c != '\n' && (c < ' ' || c > '~'))
            return 0;
        wb_buffer_append(lines, &c, 1);
    }
    return 0;
}

struct block {
    struct wb_buffer lines;
    struct wb_buffer base64;
    struct wb_buffer body;
    bool encrypted; /* its header says so (RFC 1421) */
};

static void clear_block(struct block *block)
{
    wb_buffer_clear(&block->lines);
    wb_buffer_clear(&block->base64);
    wb_buffer_clear(&block->body);
}

static void take_line(struct block *block, const char *line, size_t size)
{
    /* Blanks, and what makes a line a comment. */
    while (size > 0 && strchr(" ,#*;>", *line) != NULL) {
        line++;
        size--;
    }
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == ','))
        size--;
    if (memchr(line, ':', size) != NULL) {
        block->encrypted = block->encrypted || (starts(line, size, "Proc-Type:") &&
                                                memmem(line, size, "ENCRYPTED", 9) != NULL);
        return;
    }
    /* The checksum of an OpenPGP block. */
    if (size == 5 && line[0] == '=')
        return;
    /* Where a variable has it all, blanks stand for the ends of lines. */
    for (size_t i = 0; i < size; i++)
        if (line[i] != ' ')
            wb_buffer_append(&block->base64, &line[i], 1);
}

static bool decode_block(struct block *block)
{
    const char *line = (const char *)block->lines.data;
    const char *end = line + block->lines.size;
    while (line < end) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            line_end = end;
        take_line(block, line, (size_t)(line_end - line));
        line = line_end + 1;
    }
    return block->base64.size > 0 &&
           wb_base64_decode((const char *)block->base64.data, block->base64.size, &block->body);
}

void wb_secret_describe_key(const struct wb_secret_rule *rule, const struct wb_secret_key *key,
                            uint64_t size, const struct wb_digest *digest,
                            struct wb_secret_found *found)
{
    if (key->kind == NULL)
        return;
    found->has_digest = digest->algorithm == WB_DIGEST_SHA256;
    if (found->has_digest) {
        memcpy(found->digest, digest->bytes, 32);
        found->known_as = wb_secret_known_key(found->digest);
    }
    /* What a password protects is a finding, but a lesser one. */
    if (key->encrypted && rule->severity > WB_AUDIT_LOW)
        found->severity = (enum wb_audit_severity)(rule->severity - 1);
    snprintf(found->redacted, sizeof found->redacted, "%s, %llu bytes, %s", key->kind,
             (unsigned long long)size, key->encrypted ? "encrypted" : "not encrypted");
}

static void describe_body(const struct wb_secret_rule *rule, const struct wb_secret_key *key,
                          struct wb_bytes body, struct wb_secret_found *found)
{
    struct wb_digest digest = {0};
    if (!wb_digest_bytes(WB_DIGEST_SHA256, body, &digest, NULL))
        digest.algorithm = WB_DIGEST_NONE;
    wb_secret_describe_key(rule, key, body.size, &digest, found);
}

/* A block whose mark stands at `mark`; found->redacted stays empty where it is none. */
static void look_at_block(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                          size_t mark, size_t end, struct wb_secret_found *found)
{
    const char *label = where->text + mark + strlen(BEGIN_MARK);
    size_t left = end - mark - strlen(BEGIN_MARK), dashes = 5;
    size_t length = label_size(label, left, &dashes);
    found->span = (struct wb_regex_span){mark, mark + strlen(BEGIN_MARK)};
    if (length == 0)
        return;
    __attribute__((cleanup(clear_block))) struct block block = {0};
    const char *body = label + length + dashes;
    size_t read = read_lines(body, left - length - dashes, &block.lines);
    if (read == 0 || !decode_block(&block))
        return;
    struct wb_secret_key key =
        wb_secret_key_look(label, length, block.encrypted, wb_buffer_bytes(&block.body));
    found->span.end = (size_t)(body - where->text) + read;
    describe_body(rule, &key, wb_buffer_bytes(&block.body), found);
}

static size_t base64_size(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && ((text[length] >= 'A' && text[length] <= 'Z') ||
                             (text[length] >= 'a' && text[length] <= 'z') ||
                             (text[length] >= '0' && text[length] <= '9') || text[length] == '+' ||
                             text[length] == '/'))
        length++;
    return length;
}

/* How far it is to the next line, where it has nothing but base64 in it; 0: it has not. */
static size_t next_base64_line(const char *text, size_t size)
{
    size_t gap = 0;
    while (gap < size && strchr(" \t\r\n", text[gap]) != NULL && text[gap] != '\0')
        gap++;
    size_t length = base64_size(text + gap, size - gap);
    const char *end = text + gap + length;
    bool is_end = gap + length == size || *end == '=' || *end == '\n' || *end == '\r' ||
                  *end == '"' || *end == '\'';
    return gap > 0 && length > 0 && is_end ? gap : 0;
}

/* Takes base64 in one line, as kubeconfig files have it, or in several, as it is wrapped. Returns
 * how many bytes were read. */
static size_t take_base64(const char *text, size_t size, struct wb_buffer *base64)
{
    size_t at = 0, gap = 0;
    do {
        at += gap;
        size_t length = base64_size(text + at, size - at);
        wb_buffer_append(base64, text + at, length);
        at += length;
        gap = length >= 40 ? next_base64_line(text + at, size - at) : 0;
    } while (gap > 0);
    return at;
}

/* Blocks that stand in base64 themselves: the first of a key, behind certificates it may be. */
static void look_at_base64(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                           size_t mark, size_t end, struct wb_secret_found *found)
{
    static const char *const marks[] = {BEGIN_MARK, NULL};
    WB_AUTO_VALUE(wb_buffer) base64 = {0};
    WB_AUTO_VALUE(wb_buffer) inner = {0};
    const struct wb_regex_span span = {mark,
                                       mark + take_base64(where->text + mark, end - mark, &base64)};
    found->span = span;
    /* Where it does not begin with a block, the first dashes are in bytes before the mark. */
    wb_buffer_append(&inner, "--", 2);
    if (!wb_base64_decode((const char *)base64.data, base64.size & ~(size_t)3, &inner))
        return;
    /* What is left over are one or two bytes, which stand behind the dashes of an end. */
    const struct wb_secret_text text = {
        (const char *)inner.data, inner.size, where->path, {0}, {0}};
    size_t at = 0;
    while (found->redacted[0] == '\0' &&
           (at = find_mark(&text, at, text.size, marks)) != SIZE_MAX) {
        look_at_block(rule, &text, at, text.size, found);
        at += strlen(BEGIN_MARK);
    }
    found->span = span;
}

/* Where base64 begins in which a mark stands: not far before it. */
static size_t begin_of_base64(const struct wb_secret_text *where, size_t mark)
{
    size_t begin = mark;
    while (begin > 0 && mark - begin < 16 && base64_size(where->text + begin - 1, 1) == 1)
        begin--;
    return begin;
}

/* Whether what stands before it is the first line of a block, which is another rule's. */
static bool stands_in_block(const struct wb_secret_text *where, size_t begin)
{
    size_t at = begin;
    while (at > 0 && begin - at < 64 && strchr(" \t\r\n\"'#*;>,+", where->text[at - 1]) != NULL &&
           where->text[at - 1] != '\0')
        at--;
    return at > 0 && where->text[at - 1] == '-';
}

static void look_at_der(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                        size_t mark, size_t end, struct wb_secret_found *found)
{
    static const char label[] = "PRIVATE KEY";
    size_t begin = begin_of_base64(where, mark), size = 0;
    WB_AUTO_VALUE(wb_buffer) base64 = {0};
    WB_AUTO_VALUE(wb_buffer) body = {0};
    found->span = (struct wb_regex_span){mark, mark + 1};
    if (where->text[begin] != 'M' || stands_in_block(where, begin))
        return;
    size = take_base64(where->text + begin, end - begin, &base64);
    for (size_t padding = 0; base64.size % 4 != 0 && padding < 2; padding++)
        wb_buffer_append(&base64, "=", 1);
    if (!wb_base64_decode((const char *)base64.data, base64.size, &body))
        return;
    const struct wb_secret_key key =
        wb_secret_key_look(label, strlen(label), false, wb_buffer_bytes(&body));
    found->span = (struct wb_regex_span){begin, begin + size};
    describe_body(rule, &key, wb_buffer_bytes(&body), found);
}

/* The value of a line `name: value` of a PuTTY file. */
static bool putty_value(const char *text, size_t size, const char *name, const char **value,
                        size_t *value_size)
{
    const char *at = memmem(text, size, name, strlen(name));
    if (at == NULL)
        return false;
    *value = at + strlen(name);
    const char *end = memchr(*value, '\n', size - (size_t)(*value - text));
    *value_size = end == NULL ? size - (size_t)(*value - text) : (size_t)(end - *value);
    if (*value_size > 0 && (*value)[*value_size - 1] == '\r')
        --*value_size;
    return true;
}

static bool decode_putty(const char *text, size_t size, const char *lines, struct block *block)
{
    unsigned count = 0;
    for (; *lines >= '0' && *lines <= '9' && count < 1000; lines++)
        count = count * 10 + (unsigned)(*lines - '0');
    const char *end = text + size, *line = memchr(lines, '\n', (size_t)(end - lines));
    for (unsigned i = 0; i < count && line != NULL; i++) {
        line++;
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        size_t line_size = (size_t)((line_end == NULL ? end : line_end) - line);
        if (line_size > 0 && line[line_size - 1] == '\r')
            line_size--;
        wb_buffer_append(&block->base64, line, line_size);
        line = line_end;
    }
    return block->base64.size > 0 &&
           wb_base64_decode((const char *)block->base64.data, block->base64.size, &block->body);
}

static void look_at_putty(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                          size_t mark, size_t end, struct wb_secret_found *found)
{
    found->span = (struct wb_regex_span){mark, mark + strlen(PUTTY_MARK)};
    const char *text = where->text + mark, *encryption, *lines;
    size_t size = end - mark, encryption_size, lines_size;
    if (!putty_value(text, size, "\nEncryption: ", &encryption, &encryption_size) ||
        !putty_value(text, size, "\nPrivate-Lines: ", &lines, &lines_size) || lines_size == 0)
        return;
    __attribute__((cleanup(clear_block))) struct block block = {0};
    if (!decode_putty(text, size, lines, &block) || block.body.size < 32)
        return;
    const struct wb_secret_key key = {
        .kind = "PuTTY private key",
        .encrypted = !(encryption_size == 4 && memcmp(encryption, "none", 4) == 0),
    };
    describe_body(rule, &key, wb_buffer_bytes(&block.body), found);
}

bool wb_secret_key_next(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                        size_t begin, size_t end, struct wb_secret_found *found)
{
    static const char *const pem[] = {BEGIN_MARK, BEGIN_SSH2, NULL};
    /* "-----BEGIN" by itself, and what is left of it at the two other places in its groups. */
    static const char *const base64[] = {"LS0tLS1CRUdJTi", "LS0tLUJFR0lOI", "LS0tQkVHSU4g", NULL};
    /* How PKCS#1, PKCS#8 and SEC 1 begin, behind lengths that differ: RSA's exponent or algorithm,
     * the algorithms of EC and Ed25519. */
    static const char *const der[] = {"IBAAKCA",
                                      "ADANBgkqhkiG9w0BAQEFAASC",
                                      "MHcCAQEEI",
                                      "MIGHAgEAMBMGByqGSM49AgEG",
                                      "MIG2AgEAMBAGByqGSM49AgEG",
                                      "MC4CAQAwBQYDK2Vw",
                                      NULL};
    static const char *const putty[] = {PUTTY_MARK, NULL};
    const char *const *marks = rule->structure == WB_SECRET_PEM          ? pem
                               : rule->structure == WB_SECRET_PEM_BASE64 ? base64
                               : rule->structure == WB_SECRET_DER_BASE64 ? der
                                                                         : putty;
    *found = (struct wb_secret_found){.severity = rule->severity};
    size_t at = find_mark(where, begin, end, marks);
    if (at == SIZE_MAX)
        return false;
    if (rule->structure == WB_SECRET_PEM)
        look_at_block(rule, where, at, end, found);
    else if (rule->structure == WB_SECRET_PEM_BASE64)
        look_at_base64(rule, where, at, end, found);
    else if (rule->structure == WB_SECRET_DER_BASE64)
        look_at_der(rule, where, at, end, found);
    else
        look_at_putty(rule, where, at, end, found);
    found->place = at;
    return true;
}
