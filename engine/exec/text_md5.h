#pragma once
#include "text.h"

#define MD5_TEXT_BYTES 32

// The MD5 digest of the bytes (RFC 1321) as 32 hexadecimal digits, without an end of text.
void text_md5(Str text, char out[MD5_TEXT_BYTES]);
