// SPDX-License-Identifier: GPL-2.0-or-later
// The content readers of libmicrohttpd. None lets an exception out, since C frames stand above it.
#include "web/mhd_response.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace iptraf::web {
namespace {

constexpr std::size_t kSendBlockBytes = std::size_t{64} << 10;

/// A body of known length on its way out. Belongs to its MHD_Response, as does the next one.
struct TextBody {
  std::shared_ptr<const std::string> text;
  Recipient recipient;
};

struct PieceBody {
  std::string piece;
  std::size_t sent_bytes = 0;  // of the piece
  NextPiece next_piece;        // empty: the piece is the last
  Recipient recipient;
};

void note_progress(const Recipient& recipient, std::uint64_t sent_bytes) {
  recipient.table.progressed(recipient.connection, sent_bytes, Clock::now());
}

ssize_t read_text(void* argument, std::uint64_t position, char* buffer, std::size_t room) noexcept {
  auto& body = *static_cast<TextBody*>(argument);
  const std::size_t count = body.text->copy(buffer, room, static_cast<std::size_t>(position));
  note_progress(body.recipient, position);
  return static_cast<ssize_t>(count);
}

/// False when nothing is left.
bool fill_piece(PieceBody& body) {
  while (body.sent_bytes == body.piece.size() && body.next_piece) {
    body.piece.clear();
    body.sent_bytes = 0;
    if (!body.next_piece(body.piece)) body.next_piece = nullptr;
  }
  return body.sent_bytes < body.piece.size();
}

ssize_t read_pieces(void* argument, std::uint64_t position, char* buffer, std::size_t room) noexcept {
  auto& body = *static_cast<PieceBody*>(argument);
  note_progress(body.recipient, position);
  try {
    if (!fill_piece(body)) return MHD_CONTENT_READER_END_OF_STREAM;
  } catch (...) {
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  const std::size_t count = body.piece.copy(buffer, room, body.sent_bytes);
  body.sent_bytes += count;
  return static_cast<ssize_t>(count);
}

template <typename Body>
void free_body(void* argument) noexcept {
  delete static_cast<Body*>(argument);
}

template <typename Body>
MhdResponse make_from_reader(std::uint64_t size, std::size_t block_bytes, MHD_ContentReaderCallback read,
                             std::unique_ptr<Body> body) {
  MhdResponse made(MHD_create_response_from_callback(size, block_bytes, read, body.get(), free_body<Body>));
  if (!made) throw std::bad_alloc();
  static_cast<void>(body.release());
  return made;
}

MhdResponse make_from_pieces(Response& response, const Recipient& recipient) {
  auto body =
      std::make_unique<PieceBody>(PieceBody{std::move(response.body), 0, std::move(response.next_piece), recipient});
  MhdResponse made = make_from_reader(MHD_SIZE_UNKNOWN, kSendBlockBytes, read_pieces, std::move(body));
  // The library ends the headers of a HEAD with an empty chunk, which the client would take for the next answer.
  if (recipient.is_head) MHD_set_response_options(made.get(), MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
  return made;
}

MhdResponse make_from_text(Response& response, const Recipient& recipient) {
  auto text = response.shared_body ? std::move(response.shared_body)
                                   : std::make_shared<const std::string>(std::move(response.body));
  const std::size_t size = text->size();
  if (size == 0) {
    MhdResponse made = make_static_response("");
    if (!made) throw std::bad_alloc();
    return made;
  }
  return make_from_reader(size, std::min(size, kSendBlockBytes), read_text,
                          std::make_unique<TextBody>(TextBody{std::move(text), recipient}));
}

}  // namespace

MhdResponse make_static_response(const char* text) {
  return MhdResponse(
      MHD_create_response_from_buffer(std::strlen(text), const_cast<char*>(text), MHD_RESPMEM_PERSISTENT));
}

MhdResponse make_response(Response response, const Recipient& recipient) {
  MhdResponse made = response.next_piece ? make_from_pieces(response, recipient) : make_from_text(response, recipient);
  response.headers["Content-Type"] = response.content_type;
  for (const auto& [name, value] : response.headers) {
    if (MHD_add_response_header(made.get(), name.c_str(), value.c_str()) != MHD_YES) {
      throw std::invalid_argument("the response header " + name + " is not valid");
    }
  }
  return made;
}

}  // namespace iptraf::web
