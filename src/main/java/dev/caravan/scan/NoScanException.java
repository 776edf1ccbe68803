package dev.caravan.scan;

import java.io.IOException;

/** A scanner gave no result. The message is the reason, as printable ASCII. */
public final class NoScanException extends IOException {
    private static final long serialVersionUID = 1L;

    public NoScanException(ScanResult.Unknown result) {
        super(result.reason());
    }
}
