package waybill.parcel;

import com.exceptionfactory.jagged.FileKey;
import com.exceptionfactory.jagged.PayloadException;
import com.exceptionfactory.jagged.RecipientStanza;
import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.channels.ReadableByteChannel;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** One parcel on its way out; takes apart what {@link Sealing} makes (section 4). For one thread. */
final class Opening {
    private final PlainTar plain;

    Opening(ReadableByteChannel sealed, List<String> identities) throws IOException, ParcelFault {
        plain = new PlainTar(age(sealed, readers(identities)));
    }

    /** For bytes that are open already. */
    Opening(ReadableByteChannel opened) {
        plain = new PlainTar(opened);
    }

    Parcel.Summary into(Parcel.Sink sink) throws IOException, ParcelFault {
        return new TarFiles(plain).into(sink);
    }

    static ReadableByteChannel age(ReadableByteChannel sealed, RecipientStanzaReader reader)
            throws IOException, ParcelFault {
        try {
            return new StandardDecryptingChannelFactory().newDecryptingChannel(sealed, List.of(reader));
        } catch (UnsupportedRecipientStanzaException e) {
            throw new ParcelFault(ParcelFault.Kind.NOT_FOR_US, "none of the identities opens it", e);
        } catch (GeneralSecurityException | PayloadException | BufferUnderflowException e) {
            throw new ParcelFault(ParcelFault.Kind.DAMAGED, "not age, or its header is damaged", e);
        }
    }

    static RecipientStanzaReader readers(List<String> identities) throws ParcelFault {
        List<RecipientStanzaReader> readers = new ArrayList<>();
        for (String identity : identities) {
            try {
                readers.add(Stanzas.by(identity));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new ParcelFault(ParcelFault.Kind.BAD_KEY, "not an age identity", e);
            }
        }
        return stanzas -> firstThatOpens(readers, stanzas);
    }

    private static FileKey firstThatOpens(List<RecipientStanzaReader> readers, Iterable<RecipientStanza> stanzas)
            throws GeneralSecurityException {
        for (RecipientStanzaReader reader : readers) {
            try {
                return reader.getFileKey(stanzas);
            } catch (UnsupportedRecipientStanzaException e) {
                // Another identity may.
            }
        }
        throw new UnsupportedRecipientStanzaException("no identity fits");
    }
}
