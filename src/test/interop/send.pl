# Sends a message by Net::SMTP: perl send.pl MECHANISM MODE PORT CA USER PASSWORD FROM TO SUBJECT
use strict;
use warnings;
use Authen::SASL qw(Perl);
use Net::SMTP;
my ($mechanism, $mode, $port, $ca, $user, $password, $from, $to, $subject) = @ARGV;
my @tls = (SSL_ca_file => $ca, SSL_verifycn_name => 'localhost', SSL_verify_mode => 1);
my $smtp = Net::SMTP->new('127.0.0.1', Port => $port, Timeout => 30, $mode eq 'implicit' ? (SSL => 1, @tls) : ())
    or die "no connection: $@\n";
if ($mode eq 'starttls') { $smtp->starttls(@tls) or die 'STARTTLS: ' . $smtp->message }
my $sasl = Authen::SASL->new(
    mechanism => $mechanism,
    callback => { user => $user, authname => '', pass => $password });
$smtp->auth($sasl) or die "$mechanism: " . $smtp->message;
$smtp->mail($from) && $smtp->to($to) && $smtp->data("From: $from\nTo: $to\nSubject: $subject\n\nHello\n")
    or die $smtp->message;
$smtp->quit;
