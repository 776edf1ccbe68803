package dev.caravan.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads a letter from a JSON document; {@code docs/sources.md} describes it. What it does not know it refuses. */
final class LetterReader {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_NAME = 200;
    private static final int MAX_NUMBER = 30;
    private static final int MAX_ATTACHMENTS = 100;
    private static final Set<String> MEMBERS = new TreeSet<>(Set.of(
            "from",
            "to",
            "cc",
            "bcc",
            "replyTo",
            "subject",
            "text",
            "html",
            "attachments",
            "headers",
            "returnPath",
            "envid",
            "notify",
            "ret"));
    private static final Set<String> ATTACHMENT = new TreeSet<>(Set.of("name", "type", "content"));

    private final JsonMapper mapper;
    private final int limit;

    /** @param limit octets of a document. */
    LetterReader(int limit) {
        StreamReadConstraints constraints = StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxStringLength(limit)
                .maxNameLength(MAX_NAME)
                .maxNumberLength(MAX_NUMBER)
                .build();
        this.limit = limit;
        this.mapper = JsonMapper.builder(
                        JsonFactory.builder().streamReadConstraints(constraints).build())
                .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    Letter read(byte[] json) throws InvalidSubmissionException {
        if (json.length > limit) {
            throw InvalidSubmissionException.tooLarge(
                    "JSON of " + json.length + " octets (expected: <= " + limit + ")");
        }
        JsonNode root = parse(json);
        requireObject(root, "the document", MEMBERS);
        Letter.Heading heading = new Letter.Heading(
                Addresses.one(text(root, "from").orElseThrow(() -> missing("from")), "from"),
                addresses(root, "to"),
                addresses(root, "cc"),
                addresses(root, "bcc"),
                addresses(root, "replyTo"),
                text(root, "subject").orElse(""),
                fields(root));
        Letter.Body body = new Letter.Body(text(root, "text"), text(root, "html"), attachments(root));
        Wishes wishes = new Wishes(
                text(root, "envid"),
                root.has("notify") ? Optional.of(String.join(",", texts(root, "notify"))) : Optional.empty(),
                text(root, "ret"));
        Optional<String> returnPath = text(root, "returnPath");
        return new Letter(
                heading.checked(),
                body,
                returnPath.isPresent()
                        ? Optional.of(Addresses.reversePath(returnPath.get(), "returnPath"))
                        : Optional.empty(),
                wishes);
    }

    private JsonNode parse(byte[] json) throws InvalidSubmissionException {
        try {
            return mapper.readTree(json);
        } catch (StreamConstraintsException e) {
            throw InvalidSubmissionException.tooLarge("JSON: " + e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            JsonLocation place = e.getLocation();
            String at = place == null ? "" : " at line " + place.getLineNr() + ", column " + place.getColumnNr();
            throw InvalidSubmissionException.malformed("not JSON" + at + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            throw InvalidSubmissionException.malformed("not JSON: " + e.getMessage());
        }
    }

    private static InvalidSubmissionException missing(String member) {
        return InvalidSubmissionException.unacceptable("no " + member + " (expected: an address)");
    }

    private static void requireObject(JsonNode node, String what, Set<String> members)
            throws InvalidSubmissionException {
        if (!node.isObject()) {
            throw InvalidSubmissionException.unacceptable(what + " is no JSON object (expected: " + members + ")");
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!members.contains(member.getKey())) {
                throw InvalidSubmissionException.unacceptable(
                        "unknown " + member.getKey() + " in " + what + " (expected: " + members + ")");
            }
        }
    }

    private static Optional<String> text(JsonNode node, String member) throws InvalidSubmissionException {
        JsonNode value = node.path(member);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw InvalidSubmissionException.unacceptable(member + " is no string (expected: a string)");
        }
        return Optional.of(value.textValue());
    }

    /** A string or an array of strings. */
    private static List<String> texts(JsonNode node, String member) throws InvalidSubmissionException {
        JsonNode value = node.path(member);
        if (!value.isArray()) {
            return text(node, member).map(List::of).orElse(List.of());
        }
        List<String> texts = new ArrayList<>(value.size());
        for (JsonNode element : value) {
            if (!element.isTextual()) {
                throw InvalidSubmissionException.unacceptable(
                        member + " holds what is no string (expected: strings only)");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    private static List<Addresses.Named> addresses(JsonNode node, String member) throws InvalidSubmissionException {
        List<Addresses.Named> addresses = new ArrayList<>();
        for (String text : texts(node, member)) {
            addresses.addAll(Addresses.list(text, member));
        }
        return addresses;
    }

    private static Map<String, String> fields(JsonNode root) throws InvalidSubmissionException {
        JsonNode headers = root.path("headers");
        Map<String, String> fields = new LinkedHashMap<>();
        if (headers.isMissingNode()) {
            return fields;
        }
        if (!headers.isObject()) {
            throw InvalidSubmissionException.unacceptable("headers is no JSON object (expected: names and strings)");
        }
        for (Map.Entry<String, JsonNode> header : headers.properties()) {
            fields.put(header.getKey(), text(headers, header.getKey()).orElse(""));
        }
        return fields;
    }

    private static List<Letter.Attachment> attachments(JsonNode root) throws InvalidSubmissionException {
        JsonNode array = root.path("attachments");
        if (array.isMissingNode()) {
            return List.of();
        }
        if (!array.isArray() || array.size() > MAX_ATTACHMENTS) {
            throw InvalidSubmissionException.unacceptable(
                    "attachments (expected: an array of at most " + MAX_ATTACHMENTS + ")");
        }
        List<Letter.Attachment> attachments = new ArrayList<>(array.size());
        for (JsonNode element : array) {
            requireObject(element, "an attachment", ATTACHMENT);
            attachments.add(new Letter.Attachment(
                            text(element, "name").orElse(""),
                            text(element, "type").orElse("application/octet-stream"),
                            octets(text(element, "content").orElse("")))
                    .checked());
        }
        return attachments;
    }

    private static byte[] octets(String base64) throws InvalidSubmissionException {
        try {
            // Programs fold it, which does no harm.
            return Base64.getMimeDecoder().decode(requireBase64(base64));
        } catch (IllegalArgumentException e) {
            throw notBase64();
        }
    }

    /** The decoder skips what it does not know; a file with holes is worth less than none. */
    private static String requireBase64(String text) throws InvalidSubmissionException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isDigit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!isDigit && "+/=\r\n".indexOf(c) < 0) {
                throw notBase64();
            }
        }
        return text;
    }

    private static InvalidSubmissionException notBase64() {
        return InvalidSubmissionException.unacceptable("content of an attachment (expected: base64)");
    }
}
