/* Strings: letters, lookups, regular expressions. */
#include "ops/lib/regex.h"
#include "tests/support/check.h"

#include <string.h>

static sard_string string(const char *text) { return (sard_string){text, strlen(text)}; }

START_TEST(every_code_point_comes_back)
{
    for (uint32_t letter = 0; letter < 0x110000; letter += letter < 0x3000 ? 1 : 97) {
        char bytes[4];
        const char *at = bytes;
        if (letter >= 0xd800 && letter <= 0xdfff)
            continue;
        const size_t size = sard_utf8_put(letter, bytes);
        ck_assert_uint_eq(sard_utf8_next(&at, bytes + size), letter);
        ck_assert_ptr_eq(at, bytes + size);
    }
}
END_TEST

START_TEST(bytes_that_are_no_utf8_come_back)
{
    static const char bad[] = "\xc0\x80\xed\xa0\x80\xf5\xe2\x82"; /* too long, a surrogate, too large, cut off */
    const char *at = bad, *end = bad + sizeof bad - 1;
    for (size_t i = 0; at < end; i++) {
        char byte;
        const uint32_t letter = sard_utf8_next(&at, end);
        ck_assert_uint_ge(letter, 0x110000);
        ck_assert_uint_eq(sard_utf8_put(letter, &byte), 1);
        ck_assert_int_eq(byte, bad[i]);
    }
}
END_TEST

START_TEST(the_last_of_equal_keys_is_found)
{
    sard_arena arena;
    sard_lookup lookup;
    const sard_string keys[] = {string("b"), string("a"), string("ab"), string(""), string("a"), string("c")};
    sard_arena_init(&arena, &sard_allocator_libc);
    ck_assert(sard_lookup_make(&arena, keys, 6, &lookup));
    ck_assert_int_eq(sard_lookup_find(&lookup, string("a")), 4);
    ck_assert_int_eq(sard_lookup_find(&lookup, string("")), 3);
    ck_assert_int_eq(sard_lookup_find(&lookup, string("c")), 5);
    ck_assert_int_eq(sard_lookup_find(&lookup, string("abc")), -1);
    ck_assert(sard_lookup_make(&arena, keys, 0, &lookup));
    ck_assert_int_eq(sard_lookup_find(&lookup, string("a")), -1);
    sard_arena_reset(&arena);
}
END_TEST

static bool matches(const char *pattern, const char *text)
{
    sard_arena arena;
    const char *problem;
    sard_arena_init(&arena, &sard_allocator_libc);
    const sard_regex *regex = sard_regex_make(&arena, pattern, &problem);
    ck_assert_ptr_nonnull(regex);
    void *scratch = sard_arena_tensor(&arena, sard_regex_scratch(regex));
    const bool found = sard_regex_matches(regex, string(text), scratch);
    sard_arena_reset(&arena);
    return found;
}

START_TEST(expressions_match_the_whole)
{
    ck_assert(matches("(a|b)*c{2,3}", "abbacc"));
    ck_assert(!matches("(a|b)*c{2,3}", "abbac"));
    ck_assert(!matches("ab", "abc"));
    ck_assert(matches("(?i)\xc3\xa9t\xc3\xa9", "\xc3\x89T\xc3\xa9"));
    ck_assert(matches("\\bx.\\b[^\\W_]", "x y"));
    ck_assert(!matches("\\bx\\b[^\\W_]", "xy"));
    ck_assert(matches(".", "\xf0\x9f\x98\x80"));
    ck_assert(!matches(".", "\n"));
}
END_TEST

/* Engines that go back need 2^200 steps. */
START_TEST(no_expression_takes_for_ever)
{
    ck_assert(!matches("(a*)*(a|aa)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {every_code_point_comes_back, bytes_that_are_no_utf8_come_back, the_last_of_equal_keys_is_found,
                                  expressions_match_the_whole, no_expression_takes_for_ever,     NULL};
    return check_suite("text", tests);
}

CHECK_MAIN(suite)
