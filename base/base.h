/* SPDX-License-Identifier: Apache-2.0 */
/* What every other folder stands on: errors, memory, bytes, digests, JSON, files, time. */
#ifndef WAYBILL_BASE_H
#define WAYBILL_BASE_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- errors (error.c) ------------------------------------------------------------------ */

/* The process exit codes, the same for every command. Only 0 means trust. */
enum wb_status {
    WB_OK = 0,
    WB_CHECK_FAILED = 1, /* a signature, digest or policy did not hold */
    WB_USAGE = 2,        /* the command line is wrong */
    WB_BAD_INPUT = 3,    /* the input is malformed or unsupported */
    WB_SYSTEM = 4,       /* the machine failed: I/O, memory */
};

/* One failure. The message grows leftwards: context is put in front on the way up. */
struct wb_error {
    enum wb_status status;
    char message[1024];
};

#define WB_ERROR_INIT                                                                              \
    {                                                                                              \
        .status = WB_OK, .message = ""                                                             \
    }
#define WB_PRINTF(format_index, first_argument)                                                    \
    __attribute__((format(printf, format_index, first_argument)))
#define WB_MUST_CHECK __attribute__((warn_unused_result))

/* Records a failure, replacing what was there. Always returns false, so that callers can
 * `return wb_error_set(err, ...)`. `err` may be NULL. Control characters that came from the
 * input are shown as `\xNN`, so that a message is always one printable line. */
bool wb_error_set(struct wb_error *err, enum wb_status status, const char *format, ...)
    WB_PRINTF(3, 4);

/* As wb_error_set with WB_SYSTEM, ending in `: ` and the text of `errno_value`. */
bool wb_error_set_errno(struct wb_error *err, int errno_value, const char *format, ...)
    WB_PRINTF(3, 4);

/* Puts "<context>: " in front of the message and keeps the status. Always returns false. */
bool wb_error_context(struct wb_error *err, const char *format, ...) WB_PRINTF(2, 3);

/* ---- memory (memory.c) ----------------------------------------------------------------- */

/* Ownership by scope: `WB_AUTO(wb_image) *image = ...;` frees with wb_image_free. */
#define WB_AUTO(type) __attribute__((cleanup(type##_auto))) struct type
#define WB_AUTO_DECLARE(type)                                                                      \
    static inline void type##_auto(struct type **thing)                                            \
    {                                                                                              \
        type##_free(*thing);                                                                       \
    }
/* The same for a type with one pointer-free `clear` function: `WB_AUTO_VALUE(wb_buffer) b = {0};`
 */
#define WB_AUTO_VALUE(type) __attribute__((cleanup(type##_clear))) struct type

/* `WB_AUTO_STRING text = ...;` frees with free(). `WB_AUTO_FD fd = open(...)` closes when >= 0. */
#define WB_AUTO_STRING __attribute__((cleanup(wb_string_auto))) char *
#define WB_AUTO_FD __attribute__((cleanup(wb_fd_auto))) int
#define WB_AUTO_JSON __attribute__((cleanup(wb_json_auto))) json_t *
void wb_string_auto(char **text);
void wb_fd_auto(int *fd);
void wb_json_auto(json_t **json);

/* Hands the pointer on and leaves NULL behind, so that a cleanup attribute does nothing. */
#define WB_STEAL(pointer)                                                                          \
    __extension__({                                                                                \
        __typeof__(pointer) wb_stolen = (pointer);                                                 \
        (pointer) = NULL;                                                                          \
        wb_stolen;                                                                                 \
    })

/* Called when memory is exhausted. Libraries declare it; each *program* defines it (the command
 * line prints one line and exits with WB_SYSTEM), so that no library prints or exits. */
_Noreturn void wb_out_of_memory(size_t requested);

/* Never return NULL (wb_out_of_memory instead). Sizes that come from outside are bounded by the
 * caller before they get here; count * size is checked for overflow. */
void *wb_allocate(size_t size);                     /* zeroed; free with free() */
void *wb_allocate_array(size_t count, size_t size); /* zeroed; free with free() */
void *wb_reallocate_array(void *old, size_t count, size_t size);
char *wb_string_copy(const char *text); /* NULL stays NULL; free with free() */
char *wb_string_format(const char *format, ...) WB_PRINTF(1, 2);

/* Appends `value` to a growing array kept as three variables; doubles when full. */
#define WB_APPEND(items, count, capacity, value)                                                   \
    do {                                                                                           \
        if ((count) == (capacity)) {                                                               \
            (capacity) = (capacity) == 0 ? 8 : (capacity)*2;                                       \
            (items) = wb_reallocate_array((items), (capacity), sizeof *(items));                   \
        }                                                                                          \
        (items)[(count)++] = (value);                                                              \
    } while (0)

/* Memory that lives and dies together: many small things, one free. */
struct wb_arena;
struct wb_arena *wb_arena_new(void);
void wb_arena_free(struct wb_arena *arena);
WB_AUTO_DECLARE(wb_arena)
void *wb_arena_allocate(struct wb_arena *arena, size_t size);  /* zeroed, aligned for any type */
char *wb_arena_copy(struct wb_arena *arena, const char *text); /* NULL stays NULL */
char *wb_arena_copy_bytes(struct wb_arena *arena, const void *data, size_t size); /* adds a NUL */
char *wb_arena_format(struct wb_arena *arena, const char *format, ...) WB_PRINTF(2, 3);
size_t wb_arena_size(const struct wb_arena *arena); /* bytes handed out */

/* ---- bytes (buffer.c) ------------------------------------------------------------------ */

/* Bytes owned by somebody else. */
struct wb_bytes {
    const uint8_t *data;
    size_t size;
};

/* Bytes that grow. Start with `{0}`; always NUL-terminated behind `size` once something is in. */
struct wb_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
};
void wb_buffer_append(struct wb_buffer *buffer, const void *data, size_t size);
void wb_buffer_append_text(struct wb_buffer *buffer, const char *text);
void wb_buffer_append_format(struct wb_buffer *buffer, const char *format, ...) WB_PRINTF(2, 3);
void wb_buffer_clear(struct wb_buffer *buffer); /* frees; the buffer is empty and usable again */
struct wb_bytes wb_buffer_bytes(const struct wb_buffer *buffer);
char *wb_buffer_steal_text(struct wb_buffer *buffer); /* never NULL; free with free() */

/* Bounded little- and big-endian reads: false when `offset + width` passes the end. */
bool wb_bytes_u16le(struct wb_bytes bytes, size_t offset, uint16_t *value);
bool wb_bytes_u32le(struct wb_bytes bytes, size_t offset, uint32_t *value);
bool wb_bytes_u64le(struct wb_bytes bytes, size_t offset, uint64_t *value);
bool wb_bytes_u16be(struct wb_bytes bytes, size_t offset, uint16_t *value);
bool wb_bytes_u32be(struct wb_bytes bytes, size_t offset, uint32_t *value);

/* ---- text (text.c) --------------------------------------------------------------------- */

/* Whether `size` bytes are well-formed UTF-8 (RFC 3629) without NUL. */
bool wb_utf8_valid(const char *text, size_t size);

/* A well-formed UTF-8 rendering of bytes that may be anything (file names, old package fields), in
 * which different inputs stay different: each control character and each byte that is not UTF-8
 * becomes `\xNN`; backslashes in front of such an escape, or of text that reads like one, are
 * doubled; everything else comes back as it is. Lives in `arena`. */
const char *wb_utf8_escape(struct wb_arena *arena, const char *text, size_t size);
/* The bytes that wb_utf8_escape made `text` of. */
const char *wb_utf8_unescape(struct wb_arena *arena, const char *text);
/* How many bytes the character at `text` has when a terminal must not be given it, else 0: C0, DEL
 * and C1 controls, separators of lines and paragraphs, and what changes the direction of writing,
 * which makes a line read as another than it is. */
size_t wb_utf8_control_size(const char *text);
/* As wb_utf8_escape, for a terminal: what wb_utf8_control_size names is escaped as well, so that
 * the text can neither end its line nor pass for another. */
const char *wb_utf8_escape_line(struct wb_arena *arena, const char *text);

bool wb_text_starts_with(const char *text, const char *prefix);
bool wb_text_ends_with(const char *text, const char *suffix);

/* ---- base64 (base64.c, RFC 4648) ---------------------------------------------------------- */

/* Appends the standard encoding, padded, without line breaks. */
void wb_base64_encode(struct wb_bytes bytes, struct wb_buffer *text);
/* Appends the bytes of padded text in the standard or the URL-safe alphabet. False for anything
 * else: other characters, missing padding, bits that mean nothing. */
bool wb_base64_decode(const char *text, size_t size, struct wb_buffer *bytes) WB_MUST_CHECK;

/* ---- digests (digest.c) ---------------------------------------------------------------- */

enum wb_digest_algorithm {
    WB_DIGEST_NONE = 0,
    WB_DIGEST_MD5,
    WB_DIGEST_SHA1,
    WB_DIGEST_SHA224,
    WB_DIGEST_SHA256,
    WB_DIGEST_SHA384,
    WB_DIGEST_SHA512,
};
#define WB_DIGEST_MAX_SIZE 64

struct wb_digest {
    enum wb_digest_algorithm algorithm;
    uint8_t bytes[WB_DIGEST_MAX_SIZE];
};
size_t wb_digest_size(enum wb_digest_algorithm algorithm);      /* bytes; 0 for NONE */
const char *wb_digest_name(enum wb_digest_algorithm algorithm); /* "sha256"; "" for NONE */

/* Reads `sha256:<64 lower-case hex>` or `sha512:...` (OCI image-spec 1.1, descriptor.md "Digests").
 */
bool wb_digest_parse(const char *text, struct wb_digest *digest,
                     struct wb_error *err) WB_MUST_CHECK;
bool wb_digest_equal(const struct wb_digest *a, const struct wb_digest *b);

/* Room for "sha512:" + 128 hex digits + NUL. */
#define WB_DIGEST_TEXT_SIZE 136
/* Writes `algorithm:hex` / hex alone; returns `text`. */
char *wb_digest_format(const struct wb_digest *digest, char text[WB_DIGEST_TEXT_SIZE]);
char *wb_hex_format(const uint8_t *bytes, size_t size, char *text); /* text: 2 * size + 1 */
/* Reads exactly 2 * size hex digits of either case and nothing behind them. */
bool wb_hex_parse(const char *text, uint8_t *bytes, size_t size) WB_MUST_CHECK;

/* A running digest that can be finished and started again without allocating. */
struct wb_hasher;
struct wb_hasher *wb_hasher_new(enum wb_digest_algorithm algorithm, struct wb_error *err);
void wb_hasher_free(struct wb_hasher *hasher);
WB_AUTO_DECLARE(wb_hasher)
void wb_hasher_update(struct wb_hasher *hasher, const void *data, size_t size);
/* Writes the digest and resets the hasher for the next message. */
void wb_hasher_finish(struct wb_hasher *hasher, struct wb_digest *digest);
bool wb_digest_bytes(enum wb_digest_algorithm algorithm, struct wb_bytes bytes,
                     struct wb_digest *digest, struct wb_error *err) WB_MUST_CHECK;

/* ---- files (file.c) -------------------------------------------------------------------- */

/* Reads a whole regular file of at most `limit` bytes. */
bool wb_file_read(int directory_fd, const char *path, size_t limit, struct wb_buffer *out,
                  struct wb_error *err) WB_MUST_CHECK;

/* One output: a file that gets its name by commit, at once and whole, or standard output ("-").
 * Freeing without a commit leaves the old file. Until then it has no name where the file system can
 * do that, else a temporary one in the same folder. */
struct wb_output;
struct wb_output *wb_output_open(const char *path, struct wb_error *err);
/* The same with a mode that the file has from its creation on (0600: nobody else ever sees a byte;
 * less the umask). Without `replace` a file that is there is an error, at once or at the commit. */
struct wb_output *wb_output_open_mode(const char *path, mode_t mode, bool replace,
                                      struct wb_error *err);
/* What is written is appended to `buffer`, which must outlive the output. */
struct wb_output *wb_output_open_buffer(struct wb_buffer *buffer);
void wb_output_write(struct wb_output *output, const void *data, size_t size); /* errors stick */
/* Flushes and fsyncs; after it commit can hardly fail any more. Reports any earlier error. */
bool wb_output_flush(struct wb_output *output, struct wb_error *err) WB_MUST_CHECK;
bool wb_output_commit(struct wb_output *output, struct wb_error *err) WB_MUST_CHECK;
void wb_output_free(struct wb_output *output);
WB_AUTO_DECLARE(wb_output)
/* Removes all temporary files: for a handler of the signals that end the process, which must then
 * end it. Async-signal-safe. */
void wb_output_remove_temporaries(void);

/* ---- JSON (json.c reads through jansson; json_writer.c streams; json_text.c)
 * ------------------------- */

/* Parses one JSON text within bounds: duplicate keys, trailing bytes, NUL characters in strings
 * and nesting deeper than 64 are refused. NULL on error; json_decref the result. */
json_t *wb_json_parse(struct wb_bytes text, struct wb_error *err);
/* Members that may be absent: NULL / fallback when absent, null or of another type. */
const char *wb_json_string_of(const json_t *object, const char *key);
json_t *wb_json_array_of(const json_t *object, const char *key);
json_t *wb_json_object_of(const json_t *object, const char *key);
int64_t wb_json_integer_of(const json_t *object, const char *key, int64_t fallback);

/* Streams JSON with two-space indentation and a final newline; memory does not grow with the
 * document. Strings must be UTF-8 (use wb_utf8_escape before). Errors stick in the output. */
struct wb_json_writer;
struct wb_json_writer *wb_json_writer_new(struct wb_output *output);
void wb_json_writer_free(struct wb_json_writer *writer); /* does not free the output */
WB_AUTO_DECLARE(wb_json_writer)
void wb_json_begin_object(struct wb_json_writer *writer);
void wb_json_end_object(struct wb_json_writer *writer);
void wb_json_begin_array(struct wb_json_writer *writer);
void wb_json_end_array(struct wb_json_writer *writer);
void wb_json_key(struct wb_json_writer *writer, const char *key);
void wb_json_string(struct wb_json_writer *writer, const char *value); /* NULL writes null */
void wb_json_integer(struct wb_json_writer *writer, int64_t value);
void wb_json_boolean(struct wb_json_writer *writer, bool value);
/* `"key": "value"`; nothing at all when value is NULL or empty. */
void wb_json_member(struct wb_json_writer *writer, const char *key, const char *value);
void wb_json_finish(struct wb_json_writer *writer); /* the final newline */

/* Appends one JSON string without any white space outside it, escaped as Go's encoding/json does
 * (`<`, `>`, `&`, U+2028 and U+2029 too): documents that cosign signs have these bytes. */
void wb_buffer_append_json_string(struct wb_buffer *buffer, const char *text);

/* ---- XML (xml_writer.c) ----------------------------------------------------------------------
 */

/* Streams XML 1.0 in UTF-8 with two-space indentation; memory does not grow with the document. Text
 * must be UTF-8; characters that XML cannot hold are written `\xNN`. Names are the caller's, live
 * as long as their element and need no escaping. An element holds elements or text, never both.
 * Errors stick in the output. */
struct wb_xml_writer;
struct wb_xml_writer *wb_xml_writer_new(struct wb_output *output);
void wb_xml_writer_free(struct wb_xml_writer *writer); /* does not free the output */
WB_AUTO_DECLARE(wb_xml_writer)
void wb_xml_begin(struct wb_xml_writer *writer, const char *name);
void wb_xml_end(struct wb_xml_writer *writer);
/* Of the element begun last, before anything stands in it. */
void wb_xml_attribute(struct wb_xml_writer *writer, const char *name, const char *value);
void wb_xml_text(struct wb_xml_writer *writer, const char *text);
void wb_xml_element(struct wb_xml_writer *writer, const char *name, const char *text);
void wb_xml_finish(struct wb_xml_writer *writer); /* the final newline */
/* The text with what XML cannot hold written `\xNN`; `text` itself where there is nothing. */
const char *wb_xml_escape(struct wb_arena *arena, const char *text);

/* ---- libraries that are loaded when they are needed (library.c)
 * -----------------------------------
 */

struct wb_library_function {
    const char *name;
    size_t offset; /* of the pointer to it in the caller's table */
};
/* Loads the shared library of that name and fills in the table. It stays loaded, as libraries may
 * have state of their own; loading it again takes microseconds. WB_SYSTEM with the reason. */
bool wb_library_load(const char *name, const struct wb_library_function *functions, size_t count,
                     void *table, struct wb_error *err) WB_MUST_CHECK;

/* ---- time (time.c) --------------------------------------------------------------------- */

#define WB_TIME_TEXT_SIZE 32
/* RFC 3339 with any offset and optional fraction (dropped); seconds since 1970 UTC. */
bool wb_time_parse(const char *text, int64_t *seconds) WB_MUST_CHECK;
/* `YYYY-MM-DDTHH:MM:SSZ`; years 1970 to 9999, others are clamped. */
char *wb_time_format(int64_t seconds, char text[WB_TIME_TEXT_SIZE]);
/* SOURCE_DATE_EPOCH (reproducible-builds.org): *present says whether it is set; malformed values
 * are an error with WB_USAGE. */
bool wb_time_source_date_epoch(bool *present, int64_t *seconds, struct wb_error *err) WB_MUST_CHECK;

#endif
