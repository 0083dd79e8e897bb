// Sends the login answer on; the button stays for browsers without scripts.
document.getElementById("answer").submit();
