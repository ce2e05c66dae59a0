package waybill.parcel;

import com.exceptionfactory.jagged.PayloadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Optional;

/**
 * The opened bytes on their way to the tar reader. It keeps apart whose fault a failure is, since a tar reader makes one
 * exception of them all, and it holds the reader to a budget, since what a stranger sealed may have headers without end.
 * For one thread.
 */
final class PlainTar extends InputStream {
    private final ReadableByteChannel plain;
    private long budget;
    private Optional<ParcelFault> damage = Optional.empty();
    private Optional<IOException> failure = Optional.empty();

    PlainTar(ReadableByteChannel plain) {
        this.plain = plain;
    }

    /** Lets this many more bytes be read. */
    void allow(long bytes) {
        budget = bytes;
    }

    /**
     * What a failed read of the tar was: throws the carrier's own failure or the damage met here, else returns that the
     * tar is none.
     */
    ParcelFault blame(IOException thrown) throws IOException, ParcelFault {
        if (failure.isPresent()) {
            throw failure.get();
        }
        if (damage.isPresent()) {
            throw damage.get();
        }
        return new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, "not a tar: " + thrown.getMessage(), thrown);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (budget <= 0) {
            throw new IOException("headers or padding of more bytes than a parcel may have");
        }
        try {
            int read = plain.read(ByteBuffer.wrap(target, offset, (int) Math.min(length, budget)));
            budget -= Math.max(0, read);
            return read;
        } catch (PayloadException e) {
            damage = Optional.of(new ParcelFault(ParcelFault.Kind.DAMAGED, "damaged or cut short", e));
            throw e;
        } catch (IOException e) {
            failure = Optional.of(e);
            throw e;
        }
    }
}
